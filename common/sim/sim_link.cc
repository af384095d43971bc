#include "common/sim/sim_link.h"

#include <algorithm>
#include <deque>

namespace edgeherd::sim {

// One direction.
struct SimLink::Lane : std::enable_shared_from_this<SimLink::Lane> {
  Lane(EventLoop& on, Random& source, LinkConditions now) : loop(on), random(source), state(now) {}

  Status send(std::string_view message) {
    if (under_way >= state.queue_limit) {
      ++counts.refused;
      return fail(Errc::exhausted, "the link's queue is full");
    }
    ++counts.sent;
    if (state.path == Path::lost || random.unit() < state.loss) {
      ++counts.lost;
      return {};
    }
    const bool twice = random.unit() < state.duplicate;
    if (twice) ++counts.duplicated;
    for (int copy = 0; copy < (twice ? 2 : 1); ++copy) {
      ++under_way;
      if (state.path == Path::held)
        waiting.emplace_back(message);
      else
        carry(std::string(message));
    }
    return {};
  }

  void carry(std::string message) {
    const auto spread = static_cast<std::uint64_t>((state.max_delay - state.min_delay).count());
    const Duration delay =
        state.min_delay + Duration{static_cast<Duration::rep>(random.below(spread + 1))};
    MonoTime arrival = loop.clock().mono() + delay;
    if (random.unit() >= state.reorder) arrival = std::max(arrival, last_arrival);
    last_arrival = std::max(arrival, last_arrival);
    loop.at(arrival, [weak = weak_from_this(), message = std::move(message)]() mutable {
      if (const auto self = weak.lock()) self->arrive(std::move(message));
    });
  }

  // A path that is cut stops what is under way, too.
  void arrive(std::string message) {
    if (state.path == Path::held) {
      waiting.push_back(std::move(message));
      return;
    }
    --under_way;
    if (state.path == Path::lost || !handler) {
      ++counts.lost;
      return;
    }
    ++counts.delivered;
    handler(message);
  }

  void set(LinkConditions conditions) {
    state = conditions;
    if (state.path == Path::held) return;
    const auto released = std::move(waiting);
    waiting.clear();
    for (const std::string& message : released) carry(message);
  }

  EventLoop& loop;
  Random& random;
  LinkConditions state;
  LinkCounts counts;
  std::function<void(std::string_view)> handler;
  std::deque<std::string> waiting;
  std::size_t under_way = 0;
  MonoTime last_arrival{};
};

class SimLink::End final : public MessageLink {
 public:
  End(std::shared_ptr<Lane> out, std::shared_ptr<Lane> in)
      : out_(std::move(out)), in_(std::move(in)) {}
  Status send(std::string_view message) override { return out_->send(message); }
  void on_message(std::function<void(std::string_view)> handler) override {
    in_->handler = std::move(handler);
  }

 private:
  std::shared_ptr<Lane> out_;
  std::shared_ptr<Lane> in_;
};

SimLink::SimLink(EventLoop& loop, Random& random, LinkConditions both_ways)
    : out_(std::make_shared<Lane>(loop, random, both_ways)),
      back_(std::make_shared<Lane>(loop, random, both_ways)),
      near_(std::make_unique<End>(out_, back_)),
      far_(std::make_unique<End>(back_, out_)) {}

SimLink::~SimLink() = default;

MessageLink& SimLink::near() {
  return *near_;
}

MessageLink& SimLink::far() {
  return *far_;
}

const LinkConditions& SimLink::conditions(Direction direction) const {
  return direction == Direction::near_to_far ? out_->state : back_->state;
}

void SimLink::set_conditions(Direction direction, LinkConditions conditions) {
  (direction == Direction::near_to_far ? out_ : back_)->set(conditions);
}

void SimLink::set_path(Direction direction, Path path) {
  LinkConditions changed = conditions(direction);
  changed.path = path;
  set_conditions(direction, changed);
}

const LinkCounts& SimLink::counts(Direction direction) const {
  return direction == Direction::near_to_far ? out_->counts : back_->counts;
}

}  // namespace edgeherd::sim
