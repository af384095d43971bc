#include "agent/collect/device_names.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "common/os/proc_file.h"

namespace edgeherd::agent {
namespace {

namespace fs = std::filesystem;

std::optional<std::vector<std::string>> names_in(const fs::path& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) return std::nullopt;
  std::ranges::sort(names);
  return names;
}

bool there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

bool has_prefix(std::string_view name, std::initializer_list<std::string_view> prefixes) {
  return std::ranges::any_of(prefixes, [&](auto prefix) { return name.starts_with(prefix); });
}

// ARPHRD_ETHER; tunnels and WireGuard have other types.
bool like_ethernet(const fs::path& interface) {
  auto file = os::HeldFile::open(interface / "type");
  const auto text = file ? file->read() : file.error();
  return text && *text == "1\n";
}

bool stands_in_for_real(const fs::path& interface) {
  const auto name = interface.filename().string();
  return name != "lo" && like_ethernet(interface) && !there(interface / "bridge") &&
         !there(interface / "tun_flags") &&
         !has_prefix(name, {"veth", "ifb", "dummy", "docker", "virbr", "br-"});
}

}  // namespace

std::optional<std::vector<std::string>> real_interfaces(const std::string& root) {
  const fs::path folder = fs::path(root) / "sys/class/net";
  const auto names = names_in(folder);
  if (!names) return std::nullopt;
  std::vector<std::string> real;
  for (const auto& name : *names) {
    if (there(folder / name / "device")) real.push_back(name);
  }
  if (!real.empty()) return real;
  for (const auto& name : *names) {
    if (stands_in_for_real(folder / name)) real.push_back(name);
  }
  return real;
}

std::optional<std::vector<std::string>> real_disks(const std::string& root) {
  const fs::path folder = fs::path(root) / "sys/block";  // whole devices only, never partitions
  auto names = names_in(folder);
  if (!names) return std::nullopt;
  std::erase_if(*names, [&](const std::string& name) {
    return has_prefix(name, {"loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd"}) ||
           !there(folder / name / "device");
  });
  return names;
}

}  // namespace edgeherd::agent
