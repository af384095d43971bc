#include "agent/logs/reserve.h"

#include <algorithm>

namespace edgeherd::logs {

namespace {

constexpr std::size_t piece_bytes = 256 * 1024;
constexpr std::uint64_t ample = 4;        // so many times the reserve must be free
constexpr Duration pause = 60s;

Status fill(FileSystem& files, const std::string& path, std::uint64_t bytes) {
  if (auto old = files.remove(path); !old && old.error().code != Errc::not_found) return old;
  auto file = files.open(path, OpenMode::create_new);
  if (!file) return file.error();
  // Not zeros: a file system that compresses or leaves holes would keep no room for them.
  std::string piece(piece_bytes, '\0');
  std::uint32_t state = 1;
  for (char& byte : piece) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  for (std::uint64_t left = bytes; left > 0;) {
    const std::uint64_t part = std::min<std::uint64_t>(left, piece_bytes);
    if (auto put = (*file)->append(std::string_view(piece).substr(0, part)); !put) return put;
    left -= part;
  }
  return (*file)->sync();
}

}  // namespace

Reserve::Reserve(FileSystem& files, Worker& worker, std::string directory, std::uint64_t bytes)
    : files_(files),
      worker_(worker),
      directory_(std::move(directory)),
      path_(directory_ + "/reserve"),
      bytes_(bytes) {}

void Reserve::keep(MonoTime now) {
  if (bytes_ == 0 || there_ || writing_ || now < next_try_) return;
  next_try_ = now + pause;
  const auto found = files_.info(path_);
  if (found && found->size >= bytes_) {
    there_ = true;
    return;
  }
  const auto free = files_.free_bytes(directory_);
  if (!free || *free < ample * bytes_) return;
  writing_ = true;
  auto good = std::make_shared<bool>(false);
  worker_.run(
      [good, files = &files_, path = path_, bytes = bytes_] {
        *good = fill(*files, path, bytes).ok();
        if (!*good) (void)files->remove(path);
      },
      [this, good, alive = std::weak_ptr<int>(alive_)] {
        if (alive.expired()) return;
        writing_ = false;
        there_ = *good;
      });
}

bool Reserve::release(MonoTime now) {
  next_try_ = now + pause;
  const bool gone = !writing_ && files_.remove(path_).ok();
  there_ = there_ && !gone;
  return gone;
}

}  // namespace edgeherd::logs
