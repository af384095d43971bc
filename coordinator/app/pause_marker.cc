#include "coordinator/app/pause_marker.h"

#include <utility>

#include "common/telemetry/log.h"

namespace edgeherd::app {

namespace {

constexpr std::size_t most_bytes = 64 * 1024;

}  // namespace

PauseMarker::PauseMarker(FileSystem& files, std::string path)
    : files_(files), path_(std::move(path)) {}

std::optional<std::string> PauseMarker::found() const {
  auto text = files_.read_whole(path_, most_bytes);
  if (text.ok()) return std::move(*text);
  if (text.error().code == Errc::not_found) return std::nullopt;
  return text.error().message;
}

void PauseMarker::keep(const std::optional<std::string>& reason) {
  if (kept_ == reason) return;
  Status done;
  if (reason) {
    done = files_.write_whole(path_, *reason);
  } else if (auto removed = files_.remove(path_);
             !removed.ok() && removed.error().code != Errc::not_found) {
    done = removed;
  }
  if (done.ok()) {
    kept_ = reason;
    told_ = false;
  } else if (!std::exchange(told_, true)) {
    telemetry::error("app",
                     "the pause is not written down beside the database: " + done.error().message);
  }
}

}  // namespace edgeherd::app
