#include "common/core/file_system.h"

namespace edgeherd {

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<std::string> FileSystem::read_whole(const std::string& path, std::size_t limit) {
  auto file = open(path, OpenMode::read);
  if (!file) return file.error();
  std::string bytes;
  while (bytes.size() <= limit) {
    auto part = (*file)->read_at(bytes.size(), limit + 1 - bytes.size());
    if (!part) return part.error().within(path);
    if (part->empty()) return bytes;
    bytes += *part;
  }
  return fail(Errc::exhausted, path + ": larger than " + std::to_string(limit) + " bytes");
}

Status FileSystem::rename_new(const std::string& from, const std::string& to) {
  const auto there = info(to);
  if (there) return fail(Errc::conflict, "renaming " + from + " to " + to + ": it exists");
  if (there.error().code != Errc::not_found) return there.error();
  return rename(from, to);
}

Status FileSystem::write_whole(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".new";
  if (auto old = remove(temporary); !old && old.error().code != Errc::not_found) return old;
  auto file = open(temporary, OpenMode::create_new);
  if (!file) return file.error();
  if (auto written = (*file)->append(bytes); !written) {
    (void)remove(temporary);
    return written.error().within(path);
  }
  if (auto synced = (*file)->sync(); !synced) {
    (void)remove(temporary);
    return synced.error().within(path);
  }
  if (auto renamed = rename(temporary, path); !renamed) return renamed;
  return sync_directory(parent_of(path));
}

}  // namespace edgeherd
