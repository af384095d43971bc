#include "agent/app/log_path.h"

#include <filesystem>
#include <system_error>

namespace edgeherd::agent {

namespace fs = std::filesystem;

std::string behind_links(const std::string& path) {
  constexpr int most_links = 16;
  fs::path at = path;
  std::error_code error;
  for (int links = 0; links < most_links; ++links) {
    const auto kind = fs::symlink_status(at, error).type();
    if (kind == fs::file_type::regular || kind == fs::file_type::not_found) return at.string();
    if (kind != fs::file_type::symlink) return path;
    const auto target = fs::read_symlink(at, error);
    if (error) return path;
    at = (at.parent_path() / target).lexically_normal();  // an absolute target replaces all
  }
  return path;
}

}  // namespace edgeherd::agent
