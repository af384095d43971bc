// AccountBudget: when the next request to an account's API may be sent, so that the cloud never has
// to say no.
//
// All zones of the account share one, and so may a DNS service of the same account. Requests wait
// in order, changes (creations, removals) before looks (lists, polls), which also leave a share of
// the budget to the changes. Changes leave a tenth of each minute and of the hour to the looks, so
// that no storm and no steady stream of them blinds anybody: looks that have had their share go on
// at the even pace that spends this tenth in an hour. Two windows slide over our own requests; what
// the answers' headers say is left counts besides, for others may use the account too.
//
// A request counts from when it is let through until a window after its answer, for the cloud may
// have met it at any moment between. Thread: the loop's. Destroying it drops what waits.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "common/core/event_loop.h"
#include "common/core/result.h"

namespace edgeherd::budget {

enum class Kind { change, look };

struct Limits {
  std::size_t per_minute = 250;
  std::size_t per_hour = 5000;
  double look_share = 0.8;  // of both windows, and of what the cloud says is left
  std::size_t queue = 2000;
};

// What an answer said about the budget; all of it may be missing.
struct Reported {
  std::optional<std::int64_t> limit;      // in the hour; only ever lowers ours
  std::optional<std::int64_t> remaining;  // of that limit, after this answer
  std::optional<WallTime> reset;          // when the next request is given back
  std::optional<Duration> retry_after;    // of a burst; what remains is then of the burst too
};

struct Counters {
  std::uint64_t changes = 0;  // let through
  std::uint64_t looks = 0;
  std::size_t waiting = 0;
  std::size_t last_minute = 0;  // counted now, as above
  std::size_t last_hour = 0;
};

class AccountBudget {
 public:
  AccountBudget(EventLoop& loop, Limits limits);
  ~AccountBudget();
  AccountBudget(const AccountBudget&) = delete;
  AccountBudget& operator=(const AccountBudget&) = delete;

  // Calls `go` once, on the loop, never inline: when the request may be sent, or with `throttled`
  // when too many wait. Every request that was sent must end in one answered().
  void ask(Kind kind, std::function<void(Status)> go);
  // Also for a request without an answer, with an empty report.
  void answered(Kind kind, const Reported& reported);
  // From now on the lower of each limit holds.
  void tighten(const Limits& limits);

  [[nodiscard]] Counters counters() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::budget
