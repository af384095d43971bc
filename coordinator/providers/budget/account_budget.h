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
// A DNS service of the account has a share of its own, in both directions: from its first request
// on the others leave it a fifth of the hour and a tenth of each minute. It takes half of a minute
// at most, and of the hour what others leave until three fifths of it are used; then it goes on at
// the even pace of its fifth.
//
// Nothing waits for longer than who asked for it does: what could not begin in time never begins.
// So an account that the cloud has closed for an hour does not reboot and create afterwards what
// was wanted before.
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

enum class Kind {
  change,
  look,
  name,  // a DNS service's requests, of either sort
};

// One call of a provider, which may take several requests: none of them begins at this time or
// later.
struct Call {
  Kind kind = Kind::look;
  MonoTime begin_by{};
  // That are worth nothing without each other, from the one that is asked for on: if as many can
  // not begin in time, as far as is known then, not even this one does.
  std::size_t together = 1;
};

struct Limits {
  std::size_t per_minute = 250;
  std::size_t per_hour = 5000;
  double look_share = 0.8;  // of both windows, and of what the cloud says is left
  std::size_t queue = 2000;
  // After its begin no request of a call is sent any more. The coordinator gives a call up after a
  // minute, and a minute's window is full for less than this, however fast it was filled.
  Duration begin_within = 50s;
  // Likewise of names, which the coordinator gives up after half a minute.
  Duration names_begin_within = 25s;
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
  std::uint64_t names = 0;
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

  // A call that begins now.
  [[nodiscard]] Call begin(Kind kind) const;
  // Calls `go` once, on the loop, never inline: when the request may be sent, or with `throttled`
  // when it never will be: its time is over, or will be before the account has room, or too many
  // wait. Every request that was sent must end in one answered().
  void ask(const Call& call, std::function<void(Status)> go);
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
