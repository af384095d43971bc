#include "coordinator/act/pause_marker.h"

#include <algorithm>
#include <utility>

#include "common/core/protection.h"

namespace edgeherd::act {

namespace {

constexpr std::size_t most_bytes = 64 * 1024;

const Protection marked("check", "pause_marked");

}  // namespace

PauseMarker::PauseMarker(FileSystem& files, std::string path)
    : files_(files), path_(std::move(path)) {}

std::optional<std::string> PauseMarker::found() const {
  auto text = files_.read_whole(path_, most_bytes);
  if (text.ok()) return std::move(*text);
  if (text.error().code == Errc::not_found) return std::nullopt;
  return text.error().message;
}

void PauseMarker::restore(Restored& from_database, const std::string& database) const {
  const bool paused = std::ranges::any_of(from_database.events, [](const model::Event& event) {
    return std::holds_alternative<model::Paused>(event);
  });
  const auto reason = found();
  if (paused || !reason || !marked.on()) return;
  from_database.events.emplace_back(model::Paused{*reason + " (" + path_ + " says so; " + database +
                                                  " does not: is it an older one?)"});
}

// Also of a file that was removed before, perhaps not for good.
Status PauseMarker::remove() {
  Status removed = files_.remove(path_);
  if (!removed.ok() && removed.error().code != Errc::not_found) return removed;
  return files_.sync_directory(parent_of(path_));
}

Status PauseMarker::keep(const model::Fleet& fleet) {
  const std::optional<std::string> reason =
      fleet.paused() ? std::optional(fleet.pause_reason()) : std::nullopt;
  if (kept_ && *kept_ == reason) return {};  // not `kept_ == reason`: nothing known is no reason
  const Status done = reason ? files_.write_whole(path_, *reason) : remove();
  if (!done.ok()) {
    kept_.reset();  // it may be done in part
    return std::exchange(told_, true) ? Status() : done;
  }
  kept_ = reason;
  told_ = false;
  return {};
}

}  // namespace edgeherd::act
