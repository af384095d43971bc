#include "agent/logs/reserve.h"

#include <algorithm>

namespace edgeherd::logs {

namespace {

constexpr std::uint64_t slice_bytes = 8 * 1024;  // two blocks: a ledger record is far smaller
constexpr std::uint64_t ample = 8;               // so many times the reserve must be free
constexpr Duration pause = 60s;

// Not zeros: a file system that compresses, or leaves holes, would keep no room for them.
std::string filling(std::uint64_t bytes) {
  std::string text(static_cast<std::size_t>(bytes), '\0');
  std::uint32_t state = 1;
  for (char& byte : text) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return text;
}

}  // namespace

Reserve::Reserve(FileSystem& files, std::string directory, std::uint64_t bytes)
    : files_(files),
      directory_(std::move(directory)),
      path_(directory_ + "/reserve"),
      bytes_(bytes) {}

void Reserve::keep(MonoTime now) {
  if (bytes_ == 0 || now < next_try_) return;
  next_try_ = now + pause;
  const auto free = files_.free_bytes(directory_);
  if (!free || *free < ample * bytes_) return;
  const auto file = files_.open(path_, OpenMode::append);
  const auto info = file ? (*file)->info() : Result<FileInfo>(file.error());
  if (!info || info->size >= bytes_) return;
  (void)(*file)->append(filling(bytes_ - info->size));
}

bool Reserve::release() {
  const auto found = files_.info(path_);
  if (!found || found->size == 0) return false;
  auto file = files_.open(path_, OpenMode::append);
  if (!file) return false;
  return (*file)->truncate(found->size - std::min(found->size, slice_bytes)).ok();
}

}  // namespace edgeherd::logs
