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

std::string instance_id(const std::string& root) {
  constexpr std::size_t longest = 128;
  for (const auto* path : {"var/lib/cloud/data/instance-id", "sys/class/dmi/id/product_uuid"}) {
    Source source(root, path);
    const auto text = source.read();
    if (!text) continue;
    const auto line = text->substr(0, text->find_first_of("\r\n"));
    if (!line.empty() && line.size() <= longest) return std::string(line);
  }
  return {};
}

}  // namespace edgeherd::agent
