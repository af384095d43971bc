#include "coordinator/notify/outbox.h"

#include <deque>
#include <map>
#include <tuple>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/core/backoff.h"
#include "common/core/token_bucket.h"
#include "common/core/utc.h"

namespace edgeherd::notify {

namespace {

constexpr std::size_t remembered_most = 4096;  // tellings that repeats are compared with

using Kind = std::tuple<act::Origin, std::string, NodeId, ZoneId>;

Kind kind_of(const act::EventRecord& record) {
  return {record.origin, record.note.code, record.note.node, record.note.zone};
}

bool another_attempt_may_help(Errc code) {
  return code != Errc::invalid && code != Errc::refused && code != Errc::not_found;
}

}  // namespace

std::string message_body(const std::string& fleet, const act::EventRecord& record,
                         std::uint64_t repeated) {
  namespace json = boost::json;
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
  };
  json::object message;
  message["schema"] = 1;
  message["fleet"] = fleet;
  message["number"] = record.number;
  message["at"] = utc_text(record.at);
  message["severity"] = to_string(record.note.severity);
  message["code"] = record.note.code;
  message["text"] = record.note.text;
  message["node"] = text_or_null(record.note.node.str());
  message["zone"] = text_or_null(record.note.zone.str());
  message["repeated"] = repeated;
  return json::serialize(message);
}

struct Outbox::State : std::enable_shared_from_this<Outbox::State> {
  State(EventLoop& the_loop, Random& the_random, std::string the_fleet, OutboxRules the_rules,
        Deliver the_deliver)
      : loop(the_loop),
        random(the_random),
        fleet(std::move(the_fleet)),
        rules(the_rules),
        deliver(std::move(the_deliver)),
        budget(rules.per_minute / 60, rules.burst),
        backoff(rules.backoff, rules.backoff_most) {}

  struct Queue {
    std::deque<std::string> waiting;
    int tried = 0;  // attempts for the front one
  };

  struct Told {
    MonoTime at{};
    std::uint64_t repeats = 0;
  };

  void take(const act::EventRecord& record) {
    if (record.note.severity < rules.min_severity) return;
    const MonoTime now = loop.clock().mono();
    Told& last = told[kind_of(record)];
    if (last.at != MonoTime{} && now - last.at < rules.repeat_after) {
      ++last.repeats;
      ++counters.repeated;
      return;
    }
    Queue& queue = record.origin == act::Origin::agent ? agents : own;
    if (queue.waiting.size() >= rules.queue) {
      ++counters.dropped;
      return;
    }
    queue.waiting.push_back(message_body(fleet, record, last.repeats));
    last = {now, 0};
    ++counters.waiting;
    forget_old(now);
    wake_soon();
  }

  void forget_old(MonoTime now) {
    if (told.size() <= remembered_most) return;
    std::erase_if(told, [&](const auto& entry) {
      return now - entry.second.at >= rules.repeat_after && entry.second.repeats == 0;
    });
    // All of them young: forgetting costs a repeated message at worst.
    if (told.size() > remembered_most) told.clear();
  }

  void wake_soon() { wake_at(loop.clock().mono()); }

  void wake_at(MonoTime when) {
    if (busy || timer != TimerId::none) return;
    timer = loop.at(when, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) {
        self->timer = TimerId::none;
        self->send_next();
      }
    });
  }

  void send_next() {
    if (counters.waiting == 0 || busy) return;
    const MonoTime now = loop.clock().mono();
    if (!budget.take(now, 1)) {
      wake_at(now + 1s);
      return;
    }
    busy = true;
    Queue& queue = own.waiting.empty() ? agents : own;
    deliver(queue.waiting.front(), [weak = weak_from_this(), &queue](Status status) {
      if (const auto self = weak.lock()) self->answered(queue, status);
    });
  }

  void change(OutboxRules the_rules, Deliver the_deliver) {
    rules = the_rules;
    // What carries a delivery must live until that has ended.
    if (busy) {
      successor = std::move(the_deliver);
    } else {
      begin_with(std::move(the_deliver));
    }
  }

  // What was wrong with the target of before says nothing of this one.
  void begin_with(Deliver the_deliver) {
    deliver = std::move(the_deliver);
    own.tried = 0;
    agents.tried = 0;
    backoff.reset();
    counters.last_failure.clear();
    loop.cancel(timer);
    timer = TimerId::none;
    if (counters.waiting > 0) wake_soon();
  }

  void answered(Queue& queue, const Status& status) {
    busy = false;
    const MonoTime now = loop.clock().mono();
    if (status) {
      ++counters.delivered;
      counters.last_failure.clear();
      next_record(queue);
      if (successor) return begin_with(std::exchange(successor, nullptr));
      if (counters.waiting > 0) wake_soon();
      return;
    }
    ++counters.attempts_failed;
    if (successor) return begin_with(std::exchange(successor, nullptr));
    counters.last_failure = status.error().message;
    const Duration wait = backoff.next(random);
    if (++queue.tried >= rules.attempts || !another_attempt_may_help(status.error().code)) {
      ++counters.given_up;
      next_record(queue);
    }
    // The pause holds for the next record too: what is broken now will not take that one either.
    if (counters.waiting > 0) wake_at(now + wait);
  }

  void next_record(Queue& queue) {
    queue.waiting.pop_front();
    queue.tried = 0;
    --counters.waiting;
    if (counters.last_failure.empty()) backoff.reset();
  }

  EventLoop& loop;
  Random& random;
  std::string fleet;
  OutboxRules rules;
  Deliver deliver;
  Deliver successor;  // of it, while busy
  TokenBucket budget;
  Backoff backoff;
  Queue own;     // what the coordinator has to tell goes first
  Queue agents;  // what they say
  std::map<Kind, Told> told;
  OutboxCounters counters;
  bool busy = false;
  TimerId timer = TimerId::none;
};

Outbox::Outbox(EventLoop& loop, Random& random, std::string fleet, OutboxRules rules,
               Deliver deliver)
    : state_(std::make_shared<State>(loop, random, std::move(fleet), rules, std::move(deliver))) {}

Outbox::~Outbox() {
  state_->loop.cancel(state_->timer);
}

void Outbox::notify(const act::EventRecord& record) {
  state_->take(record);
}

void Outbox::change(OutboxRules rules, Deliver deliver) {
  state_->change(rules, std::move(deliver));
}

const OutboxCounters& Outbox::counters() const {
  return state_->counters;
}

}  // namespace edgeherd::notify
