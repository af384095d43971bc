// MessageLink's twin: two ends, and between them whatever a bad network does.
//
// Conditions hold per direction, so that a partition can be one-way. Thread: the loop's.
// Owner: a SimLink owns both ends; messages under way die with it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/core/event_loop.h"
#include "common/core/message_link.h"
#include "common/core/random.h"

namespace edgeherd::sim {

enum class Path {
  open,
  lost,  // what is sent vanishes, and nobody is told
  held,  // what is sent waits (bounded by queue_limit) and arrives when the path opens again
};

struct LinkConditions {
  Duration min_delay = 1ms;
  Duration max_delay = 1ms;  // uniform in between
  double loss = 0;           // probabilities, per message
  double duplicate = 0;
  double reorder = 0;  // that a message may overtake those before it
  Path path = Path::open;
  std::size_t queue_limit = 1000;  // messages under way; send() answers `exhausted` beyond
};

enum class Direction { near_to_far, far_to_near };

struct LinkCounts {
  std::uint64_t sent = 0;
  std::uint64_t delivered = 0;
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t refused = 0;
};

class SimLink {
 public:
  SimLink(EventLoop& loop, Random& random, LinkConditions both_ways = {});
  ~SimLink();
  SimLink(const SimLink&) = delete;
  SimLink& operator=(const SimLink&) = delete;

  [[nodiscard]] MessageLink& near();
  [[nodiscard]] MessageLink& far();

  [[nodiscard]] const LinkConditions& conditions(Direction direction) const;
  void set_conditions(Direction direction, LinkConditions conditions);
  void set_path(Direction direction, Path path);
  [[nodiscard]] const LinkCounts& counts(Direction direction) const;

 private:
  class End;
  struct Lane;
  std::shared_ptr<Lane> out_;   // near to far
  std::shared_ptr<Lane> back_;  // far to near
  std::unique_ptr<End> near_;
  std::unique_ptr<End> far_;
};

}  // namespace edgeherd::sim
