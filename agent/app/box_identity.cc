#include "agent/app/box_identity.h"

#include <array>
#include <string_view>

#include <unistd.h>

#include "agent/collect/source.h"

namespace edgeherd::agent {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

namespace {

// Empty when there is none of a sensible length.
std::string first_line(const std::string& root, const std::string& path) {
  constexpr std::size_t longest = 128;
  Source source(root, path);
  const auto text = source.read();
  if (!text) return {};
  const auto line = text->substr(0, text->find_first_of("\r\n"));
  return line.size() <= longest ? std::string(line) : std::string();
}

}  // namespace

std::string instance_id(const std::string& root) {
  const auto id = first_line(root, "var/lib/cloud/data/instance-id");
  return id.empty() ? machine_uuid(root) : id;
}

std::string machine_uuid(const std::string& root) {
  return first_line(root, "sys/class/dmi/id/product_uuid");
}

std::string machine_vendor(const std::string& root) {
  return first_line(root, "sys/class/dmi/id/sys_vendor");
}

}  // namespace edgeherd::agent
