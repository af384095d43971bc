#include "coordinator/providers/budget/account_budget.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "common/core/token_bucket.h"

namespace edgeherd::budget {

namespace {

constexpr Duration minute = 1min;
constexpr Duration hour = 1h;
// One in so many requests of a minute, and of the hour, is kept for looks.
constexpr std::size_t kept_for_looks = 10;
// Those of the hour are given out at an even pace, so many at once: a list has several pages.
constexpr double looks_at_once = 10;
// Of the hour, one in so many is for names, and more until so much of it is used; of a minute one
// in so many is kept for them, and one in so many may be theirs.
constexpr std::size_t names_of_hour = 5;
constexpr double free_for_names = 0.6;
constexpr std::size_t kept_for_names = 10;
constexpr std::size_t names_of_minute = 2;
// Nothing that a peer says closes the account for less or longer than this.
constexpr Duration shortest_pause = 1s;
constexpr Duration longest_pause = 1h;
// What the cloud said was left is worth nothing after so long: then one request asks anew.
constexpr Duration report_is_old = 1min;

}  // namespace

struct AccountBudget::State : std::enable_shared_from_this<State> {
  struct Waiting {
    Call call;
    std::function<void(Status)> go;
  };

  State(EventLoop& the_loop, Limits what) : loop(the_loop), limits(what) {}

  // Requests that count in a window of this length.
  [[nodiscard]] std::size_t used(Duration window, MonoTime now) const {
    const auto first = std::upper_bound(ended.begin(), ended.end(), now - window);
    return in_flight + static_cast<std::size_t>(ended.end() - first);
  }

  [[nodiscard]] std::size_t hour_limit() const {
    return std::min(limits.per_hour, cloud_limit.value_or(limits.per_hour));
  }

  // That of looks.
  [[nodiscard]] std::size_t share(std::size_t limit) const {
    return std::max<std::size_t>(
        1, static_cast<std::size_t>(limits.look_share * static_cast<double>(limit)));
  }

  // Of the hour.
  [[nodiscard]] std::size_t kept_of_hour() const { return hour_limit() / kept_for_looks; }
  [[nodiscard]] double pace_per_s() const {
    return std::max(1.0, static_cast<double>(kept_of_hour())) / seconds(hour);
  }

  // What changes must leave to looks of this minute, yet.
  [[nodiscard]] std::size_t kept(MonoTime now) const {
    const auto first = std::upper_bound(ended_looks.begin(), ended_looks.end(), now - minute);
    const auto seen = looks_in_flight + static_cast<std::size_t>(ended_looks.end() - first);
    const std::size_t least = limits.per_minute / kept_for_looks;
    return least - std::min(least, seen);
  }

  [[nodiscard]] double names_per_s() const {
    return std::max(1.0, static_cast<double>(hour_limit() / names_of_hour)) / seconds(hour);
  }
  // Of a minute.
  [[nodiscard]] std::size_t most_names() const {
    return std::max<std::size_t>(1, limits.per_minute / names_of_minute);
  }

  [[nodiscard]] std::size_t used_by_names(Duration window, MonoTime now) const {
    const auto first = std::upper_bound(ended_names.begin(), ended_names.end(), now - window);
    return names_in_flight + static_cast<std::size_t>(ended_names.end() - first);
  }

  // What the others must leave to names, yet.
  [[nodiscard]] std::size_t kept_names(Duration window, MonoTime now) const {
    if (!has_names) return 0;
    const std::size_t least =
        window == minute ? limits.per_minute / kept_for_names : hour_limit() / names_of_hour;
    return least - std::min(least, used_by_names(window, now));
  }

  [[nodiscard]] bool is_left(std::size_t besides) const {
    return !left || *left > static_cast<std::int64_t>(besides);
  }

  // What the cloud said is left may not be true any more: one request asks anew.
  [[nodiscard]] bool may_ask_anew(MonoTime now) const {
    return in_flight == 0 && now - reported_at >= report_is_old;
  }

  // Who leaves how much of a window to whom (what those have used of it is theirs already):
  //           of the minute                      of the hour
  //   change  a tenth to looks, one to names     a tenth to looks, a fifth to names
  //   name    a tenth to looks, and half of      after three fifths of it goes on at the pace of its
  //           all to the others                  fifth
  //   look    a tenth to names, and a fifth of   a fifth to names; after four fifths of it goes on
  //           all to changes                     at the pace of its tenth
  [[nodiscard]] bool may_change(MonoTime now) const {
    const std::size_t besides = kept_of_hour() + kept_names(hour, now);
    if (used(minute, now) + kept(now) + kept_names(minute, now) >= limits.per_minute ||
        used(hour, now) + besides >= hour_limit()) {
      return false;
    }
    return is_left(besides) || (looks.empty() && names.empty() && may_ask_anew(now));
  }

  [[nodiscard]] bool may_name(MonoTime now) {
    if (used(minute, now) + kept(now) >= limits.per_minute || used(hour, now) >= hour_limit()) {
      return false;
    }
    if (used_by_names(minute, now) >= most_names()) return false;
    if (had_their_share(Kind::name, now) && names_pace.available(now) < 1) return false;
    return is_left(kept_of_hour()) || (looks.empty() && may_ask_anew(now));
  }

  // So much of the hour looks, or names, take before they live on what is kept for them.
  [[nodiscard]] std::size_t free_of_hour(Kind kind) const {
    if (kind != Kind::name) return share(hour_limit());
    const auto most = static_cast<std::size_t>(free_for_names * static_cast<double>(hour_limit()));
    return std::min(share(hour_limit()), most);
  }

  // They have, of the hour or of what the cloud said is left.
  [[nodiscard]] bool had_their_share(Kind kind, MonoTime now) const {
    const std::size_t theirs = free_of_hour(kind);
    return used(hour, now) >= theirs || !is_left(hour_limit() - theirs);
  }

  [[nodiscard]] bool may_look(MonoTime now) {
    const std::size_t in_minute = used(minute, now) + kept_names(minute, now);
    if (in_minute >= limits.per_minute || used(hour, now) + kept_names(hour, now) >= hour_limit()) {
      return false;
    }
    if (kept(now) == 0 && in_minute >= share(limits.per_minute)) return false;
    if (!had_their_share(Kind::look, now)) return true;
    return (is_left(0) && pace.available(now) >= 1) || (!is_left(0) && may_ask_anew(now));
  }

  // How many looks, or requests for names, can begin before `by`: at most, for others may ask for
  // theirs meanwhile, and as far as is known, for the cloud may say otherwise.
  [[nodiscard]] std::size_t room(Kind kind, MonoTime by) {
    const MonoTime now = loop.clock().mono();
    if (by <= closed_until) return 0;
    const auto rest = [](std::size_t of, std::size_t taken) { return of - std::min(of, taken); };
    const std::size_t waiting = changes.size() + queue_of(kind).size();
    const std::size_t theirs = free_of_hour(kind);
    std::size_t in_hour = rest(theirs, used(hour, by));
    if (left && !may_ask_anew(now)) {
      const auto last = static_cast<std::int64_t>(hour_limit() - theirs);
      in_hour =
          std::min(in_hour, static_cast<std::size_t>(std::max<std::int64_t>(0, *left - last)));
    }
    TokenBucket& paced = kind == Kind::name ? names_pace : pace;
    const double per_s = kind == Kind::name ? names_per_s() : pace_per_s();
    in_hour += static_cast<std::size_t>(paced.available(now) + per_s * seconds(by - now));
    std::size_t in_minute = 0;
    if (kind == Kind::name) {
      in_minute = std::min(rest(limits.per_minute, used(minute, by) + kept(by)),
                           rest(most_names(), used_by_names(minute, by)));
    } else {
      const std::size_t taken = used(minute, by) + kept_names(minute, by);
      in_minute = std::max(rest(share(limits.per_minute), taken), kept(by));
    }
    return rest(std::min(in_minute, in_hour), waiting);
  }

  [[nodiscard]] bool may(Kind kind, MonoTime now) {
    if (now < closed_until) return false;
    switch (kind) {
      case Kind::change:
        return may_change(now);
      case Kind::look:
        return may_look(now);
      case Kind::name:
        return may_name(now);
    }
    return false;
  }

  [[nodiscard]] std::deque<Waiting>& queue_of(Kind kind) {
    return kind == Kind::change ? changes : kind == Kind::look ? looks : names;
  }

  void let_through(Kind kind) {
    auto& queue = queue_of(kind);
    const MonoTime now = loop.clock().mono();
    if (kind == Kind::look) {
      if (had_their_share(kind, now)) (void)pace.take(now, 1);
      ++looks_in_flight;
      ++counters.looks;
    } else if (kind == Kind::name) {
      if (had_their_share(kind, now)) (void)names_pace.take(now, 1);
      ++names_in_flight;
      ++counters.names;
    } else {
      ++counters.changes;
    }
    ++in_flight;
    if (left) --*left;
    post(std::move(queue.front().go), Status());
    queue.pop_front();
  }

  // Ends what can not begin in time any more.
  void expire(std::deque<Waiting>& queue, MonoTime now) {
    const MonoTime first = std::max(now, closed_until);
    const auto late = std::stable_partition(
        queue.begin(), queue.end(), [&](const Waiting& one) { return one.call.begin_by > first; });
    for (auto one = late; one != queue.end(); ++one) {
      post(std::move(one->go),
           fail(Errc::throttled, "never sent: the account's rate budget had no place in time"));
    }
    queue.erase(late, queue.end());
  }

  void post(std::function<void(Status)> go, Status status) {
    loop.post([weak = weak_from_this(), go = std::move(go), status = std::move(status)] {
      if (weak.lock()) go(status);
    });
  }

  void pump() {
    const MonoTime now = loop.clock().mono();
    while (!ended.empty() && ended.front() <= now - hour) ended.pop_front();
    while (!ended_looks.empty() && ended_looks.front() <= now - minute) ended_looks.pop_front();
    while (!ended_names.empty() && ended_names.front() <= now - hour) ended_names.pop_front();
    for (auto* queue : {&changes, &looks, &names}) expire(*queue, now);
    while (const auto kind = next_kind(now)) let_through(*kind);
    if (!changes.empty() || !looks.empty() || !names.empty()) wake(next_chance(now));
  }

  // Whose turn it is, if anybody may go.
  [[nodiscard]] std::optional<Kind> next_kind(MonoTime now) {
    if (!changes.empty() && may(Kind::change, now)) return Kind::change;
    // The others overtake changes only into what these must leave to them.
    const bool names_turn = changes.empty() || kept_names(minute, now) > 0;
    if (!names.empty() && names_turn && may(Kind::name, now)) return Kind::name;
    const bool their_turn = changes.empty() || kept(now) > 0;
    if (!looks.empty() && their_turn && may(Kind::look, now)) return Kind::look;
    return std::nullopt;
  }

  // The next moment at which something can have changed without an answer.
  [[nodiscard]] MonoTime next_chance(MonoTime now) {
    MonoTime next = now + minute;
    for (const auto* queue : {&changes, &looks, &names}) {
      for (const Waiting& one : *queue) next = std::min(next, one.call.begin_by);
    }
    if (now < closed_until) return std::min(next, closed_until);
    for (const Duration window : {minute, hour}) {
      const auto oldest = std::upper_bound(ended.begin(), ended.end(), now - window);
      if (oldest != ended.end()) next = std::min(next, *oldest + window);
    }
    if (left && reported_at + report_is_old > now) {
      next = std::min(next, reported_at + report_is_old);
    }
    // With some of their pace at hand it is not what looks wait for.
    if (const double at_hand = pace.available(now); !looks.empty() && at_hand < 1) {
      next = std::min(next, now + from_seconds((1 - at_hand) / pace_per_s()));
    }
    if (const double at_hand = names_pace.available(now); !names.empty() && at_hand < 1) {
      next = std::min(next, now + from_seconds((1 - at_hand) / names_per_s()));
    }
    return std::max(next, now + 1ms);
  }

  void wake(MonoTime when) {
    loop.cancel(timer);
    timer = loop.at(when, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->pump();
    });
  }

  void set_paces(MonoTime now) {
    pace.set(now, pace_per_s(), looks_at_once);
    names_pace.set(now, names_per_s(), static_cast<double>(most_names()));
  }

  void learn(const Reported& reported, MonoTime now) {
    // Such a refusal is for the minute's burst, and so is what it says is left, and may be the
    // limit that it names: nothing of the hour.
    if (reported.retry_after) return close_for(*reported.retry_after, now);
    if (reported.limit && *reported.limit > 0) {
      cloud_limit = static_cast<std::size_t>(*reported.limit);
      set_paces(now);
    }
    if (!reported.remaining) return;
    // Those under way are not in the cloud's count yet, or may not be.
    left = std::max<std::int64_t>(0, *reported.remaining) - static_cast<std::int64_t>(in_flight);
    reported_at = now;
    if (*reported.remaining <= 0 && reported.reset) {
      close_for(*reported.reset - loop.clock().wall(), now);
    }
  }

  void close_for(Duration pause, MonoTime now) {
    closed_until = std::max(closed_until, now + std::clamp(pause, shortest_pause, longest_pause));
  }

  EventLoop& loop;
  Limits limits;
  std::deque<Waiting> changes;
  std::deque<Waiting> looks;
  std::deque<Waiting> names;
  std::deque<MonoTime> ended;        // when requests of the last hour were answered, oldest first
  std::deque<MonoTime> ended_looks;  // those of the last minute
  std::deque<MonoTime> ended_names;  // those of the last hour
  bool has_names = false;            // a DNS service has asked
  std::size_t in_flight = 0;
  std::size_t looks_in_flight = 0;
  std::size_t names_in_flight = 0;
  std::optional<std::size_t> cloud_limit;  // of an hour
  std::optional<std::int64_t> left;
  MonoTime reported_at{};
  MonoTime closed_until{};
  TokenBucket pace{pace_per_s(), looks_at_once};
  TokenBucket names_pace{names_per_s(), static_cast<double>(most_names())};
  TimerId timer = TimerId::none;
  Counters counters;
};

AccountBudget::AccountBudget(EventLoop& loop, Limits limits)
    : state_(std::make_shared<State>(loop, limits)) {}

AccountBudget::~AccountBudget() {
  state_->loop.cancel(state_->timer);
}

Call AccountBudget::begin(Kind kind) const {
  const Limits& limits = state_->limits;
  const Duration within = kind == Kind::name
                              ? std::min(limits.begin_within, limits.names_begin_within)
                              : limits.begin_within;
  return {kind, state_->loop.clock().mono() + within};
}

void AccountBudget::ask(const Call& call, std::function<void(Status)> go) {
  State& state = *state_;
  if (call.kind == Kind::name) state.has_names = true;
  if (state.changes.size() + state.looks.size() + state.names.size() >= state.limits.queue) {
    return state.post(std::move(go), fail(Errc::throttled, std::to_string(state.limits.queue) +
                                                               " requests are waiting already"));
  }
  if (call.together > 1 && call.kind != Kind::change &&
      state.room(call.kind, call.begin_by) < call.together) {
    return state.post(std::move(go), fail(Errc::throttled,
                                          "never sent: the account's rate budget "
                                          "has no place in time for " +
                                              std::to_string(call.together) + " requests"));
  }
  state.queue_of(call.kind).push_back({call, std::move(go)});
  state.pump();
}

void AccountBudget::answered(Kind kind, const Reported& reported) {
  State& state = *state_;
  const MonoTime now = state.loop.clock().mono();
  --state.in_flight;
  if (kind == Kind::look) {
    --state.looks_in_flight;
    state.ended_looks.push_back(now);
  } else if (kind == Kind::name) {
    --state.names_in_flight;
    state.ended_names.push_back(now);
  }
  state.ended.push_back(now);
  state.learn(reported, now);
  state.pump();
}

void AccountBudget::tighten(const Limits& limits) {
  Limits& mine = state_->limits;
  mine.per_minute = std::min(mine.per_minute, limits.per_minute);
  mine.per_hour = std::min(mine.per_hour, limits.per_hour);
  mine.look_share = std::min(mine.look_share, limits.look_share);
  mine.begin_within = std::min(mine.begin_within, limits.begin_within);
  state_->set_paces(state_->loop.clock().mono());
}

Counters AccountBudget::counters() const {
  Counters counters = state_->counters;
  const MonoTime now = state_->loop.clock().mono();
  counters.waiting = state_->changes.size() + state_->looks.size() + state_->names.size();
  counters.last_minute = state_->used(minute, now);
  counters.last_hour = state_->used(hour, now);
  return counters;
}

}  // namespace edgeherd::budget
