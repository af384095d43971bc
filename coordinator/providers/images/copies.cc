#include "coordinator/providers/images/copies.h"

#include <algorithm>

#include "common/core/utc.h"

namespace edgeherd::images {

void CopyTurns::pause(Turn& turn) const {
  turn.pause = turn.pause == Duration{} ? first_pause : std::min(turn.pause * 2, longest_pause);
  turn.not_before = loop_.clock().mono() + turn.pause;
}

bool CopyTurns::take(const std::string& copy) {
  const MonoTime now = loop_.clock().mono();
  // What nobody has asked for since is no news any more.
  std::erase_if(turns_, [&](const auto& one) {
    return one.first != copy && now > one.second.not_before + 2 * longest_pause;
  });
  Turn& turn = turns_[copy];
  if (now < turn.not_before) return false;
  pause(turn);
  return true;
}

void CopyTurns::ended(const std::string& copy, const std::string& which, const std::string& why) {
  Turn& turn = turns_[copy];
  if (!turn.ended.insert(which).second) return;
  turn.why = why;
  if (loop_.clock().mono() >= turn.not_before) pause(turn);
}

std::string CopyTurns::not_copied(const std::string& copy, const std::string& image,
                                  const std::string& region) const {
  std::string text = "image " + image + " is not in " + region + " and could not be copied there";
  const auto known = turns_.find(copy);
  if (known == turns_.end()) return text;
  const Turn& turn = known->second;
  if (!turn.why.empty()) text += ": " + turn.why;
  const Duration wait = std::max(turn.not_before - loop_.clock().mono(), Duration{});
  return text + "; it is tried again in " + std::to_string(millis(wait) / 1000) +
         " s at the earliest";
}

std::string title_of(const act::Image& image) {
  return image.id.str() + (image.name.empty() ? "" : " (" + image.name + ")");
}

std::string on_its_way(const std::string& image, const std::string& region, WallTime since) {
  return "image " + image + " is on its way to " + region + ", since " + utc_text(since);
}

Error launch_waits(const std::string& what) {
  return fail(Errc::out_of_stock, what);
}

}  // namespace edgeherd::images
