// Copies of images to regions: when the next one may be asked for, and how a launch that has to
// wait for one is refused.
//
// A launch without its image in the region is refused as out of stock: there is none to be had
// there for some time, other placements and zones go on, and nothing counts as a failed boot.
// Thread: the loop's, which outlives it.
#pragma once

#include <map>
#include <set>
#include <string>

#include "common/core/event_loop.h"
#include "common/core/result.h"
#include "coordinator/act/seams/provider.h"

namespace edgeherd::images {

// For how long an answer about images is good for other launches.
inline constexpr Duration lookup_kept = 10s;
// Between two requests for one copy; doubles.
inline constexpr Duration first_pause = 5min;
inline constexpr Duration longest_pause = 1h;

class CopyTurns {
 public:
  explicit CopyTurns(const EventLoop& loop) : loop_(loop) {}

  // Whether the copy may be asked for now; then this was it, and the next pause begins.
  [[nodiscard]] bool take(const std::string& copy);
  // An attempt `which` at the copy, of whomever, has ended without it: a pause begins, once for
  // each attempt.
  void ended(const std::string& copy, const std::string& which, const std::string& why);
  // Why the last request for it was in vain.
  void failed(const std::string& copy, const std::string& why) { turns_[copy].why = why; }
  // "image 13 (edge-9) is not in nyc3 and could not be copied there: ..., and when it is tried
  // next.
  [[nodiscard]] std::string not_copied(const std::string& copy, const std::string& image,
                                       const std::string& region) const;

 private:
  struct Turn {
    MonoTime not_before{};
    Duration pause{};
    std::set<std::string> ended;
    std::string why;
  };
  void pause(Turn& turn) const;

  const EventLoop& loop_;
  std::map<std::string, Turn> turns_;
};

// "13 (edge-9)"
[[nodiscard]] std::string title_of(const act::Image& image);
// "image 13 (edge-9) is on its way to nyc3, since 2026-11-23T07:05:08Z"
[[nodiscard]] std::string on_its_way(const std::string& image, const std::string& region,
                                     WallTime since);
// What a launch is told of either.
[[nodiscard]] Error launch_waits(const std::string& what);

}  // namespace edgeherd::images
