#include "agent/session/orders.h"

namespace edgeherd::session {

using command::Order;
using command::Verb;

namespace {

constexpr Duration box_start = 1min;  // from the agent's start until nginx is up, too
constexpr Duration least_pause = 1s;
constexpr Duration longest_pause = 1min;

}  // namespace

Orders::Orders(Host& host, const SessionSeams& seams, SessionStore& store, logs::Shipper* shipper)
    : host_(host),
      loop_(seams.loop),
      random_(seams.random),
      runner_(seams.hooks),
      store_(store),
      shipper_(shipper),
      closing_again_pause_(least_pause, longest_pause) {}

Orders::~Orders() {
  loop_.cancel(closing_again_);
  for (const auto& [id, running] : running_) loop_.cancel(running.deadline);
}

void Orders::start(const std::vector<Order>& resumed) {
  box_up_at_ = loop_.clock().mono() + box_start;
  close_again();  // a reboot may have opened what was closed
  if (store_.now().flushing && shipper_ != nullptr) shipper_->flush({});
  for (const Order& order : resumed) run(order);
}

void Orders::run(const Order& order) {
  const std::string id = order.action.str();
  const TimerId timer = loop_.after(
      order.deadline, [this, id] { end(id, fail(Errc::timeout, "the deadline has passed")); });
  running_[id] = {order.verb, timer};
  switch (order.verb) {
    case Verb::drain:
      drain(id);
      return;
    case Verb::undrain:
      undrain(id);
      return;
    case Verb::close_listener:
      queue_listener({Listener::close, id});
      return;
    case Verb::rotate:
      rotate(id);
      return;
    case Verb::flush:
      flush(id);
      return;
    case Verb::reload:
      reload(id);
      return;
    case Verb::set_interval:
      host_.set_interval(std::chrono::milliseconds(order.interval_ms));
      end(id, {});
      return;
  }
}

Status Orders::change(const std::function<void(Remembered&)>& edit) {
  Remembered next = store_.now();
  const DrainState before = next.drain;
  edit(next);
  if (next == store_.now()) return {};
  if (auto kept = store_.set(next); !kept) return kept;
  if (store_.now().drain != before) host_.drain_changed(store_.now().drain);
  return {};
}

void Orders::drain(const std::string& id) {
  if (store_.now().drain == DrainState::closed) {
    end(id, {}, "closed already");
    return;
  }
  end(id, change([](Remembered& next) { next.drain = DrainState::draining; }));
}

void Orders::undrain(const std::string& id) {
  const Error undone = fail(Errc::conflict, "undrained");
  end_all(Verb::close_listener, undone);
  end_all(Verb::flush, undone);
  if (shipper_ != nullptr) shipper_->end_flush();
  const bool touched = store_.now().listener_touched || listener_busy_ || !listener_jobs_.empty();
  if (touched) {
    queue_listener({Listener::open, id});
    return;
  }
  end(id, change([](Remembered& next) {
        next.drain = DrainState::serving;
        next.flushing = false;
      }));
}

void Orders::flush(const std::string& id) {
  if (shipper_ == nullptr) {
    end(id, {}, "no access log is configured: there is nothing to flush");
    return;
  }
  if (auto kept = change([](Remembered& next) { next.flushing = true; }); !kept) {
    end(id, kept);
    return;
  }
  shipper_->flush(ender(id));
}

void Orders::rotate(const std::string& id) {
  if (shipper_ == nullptr) {
    end(id, fail(Errc::not_found, "no access log is configured"));
    return;
  }
  shipper_->rotate(ender(id));
}

void Orders::reload(const std::string& id) {
  if (!hooks.reload) {
    end(id, fail(Errc::not_found, "there is no configuration to reload"));
    return;
  }
  hooks.reload(ender(id));
}

void Orders::queue_listener(ListenerJob job) {
  listener_jobs_.push_back(std::move(job));
  next_listener();
}

void Orders::next_listener() {
  if (listener_busy_ || listener_jobs_.empty()) return;
  const ListenerJob job = listener_jobs_.front();
  listener_jobs_.pop_front();
  const bool closing = job.target == Listener::close;
  // Given up meanwhile (deadline, undrain): a close that nobody wants must not happen.
  if (closing && !wanted(job)) {
    next_listener();
    return;
  }
  const auto& argv = closing ? hooks.close_listener : hooks.open_listener;
  if (argv.empty()) {
    listener_ended(job, fail(Errc::not_found, std::string("no ") + (closing ? "close" : "open") +
                                                  "_listener hook is configured"));
    return;
  }
  // From here on it may be half open, half closed.
  const auto noted = change([closing](Remembered& next) {
    next.listener_touched = true;
    if (!closing && next.drain == DrainState::closed) next.drain = DrainState::draining;
  });
  if (!noted) {
    listener_ended(job, noted);
    return;
  }
  listener_busy_ = true;
  runner_.run(argv, hooks.limit,
              [this, alive = std::weak_ptr<int>(alive_), job](const Status& status) {
                if (alive.expired()) return;
                listener_busy_ = false;
                listener_ended(job, status);
              });
}

void Orders::listener_ended(const ListenerJob& job, const Status& status) {
  Status result = status;
  if (job.target == Listener::open) {
    if (status) {
      result = change([](Remembered& next) {
        next.drain = DrainState::serving;
        next.listener_touched = false;
        next.flushing = false;
      });
      closing_again_pause_.reset();
    }
  } else if (wanted(job)) {
    if (status) result = closed();
    if (!status && job.action.empty()) not_closed_again(status.error());
  }
  end(job.action, result);
  next_listener();
}

bool Orders::wanted(const ListenerJob& close) const {
  if (close.action.empty()) return store_.now().drain == DrainState::closed;
  return running_.contains(close.action);
}

Status Orders::closed() {
  if (auto kept = change([](Remembered& next) { next.drain = DrainState::closed; }); !kept) {
    return kept;
  }
  if (closing_again_pause_.failures() > 0) {
    host_.raise({"info", "close_listener", "the listener is closed again"});
  }
  closing_again_pause_.reset();
  if (loop_.clock().mono() < box_up_at_) close_again_at(box_up_at_);
  return {};
}

void Orders::close_again() {
  if (store_.now().drain == DrainState::closed) queue_listener({Listener::close, ""});
}

void Orders::close_again_at(MonoTime when) {
  loop_.cancel(closing_again_);
  closing_again_ = loop_.at(when, [this] { close_again(); });
}

// What the hook has to close may not be up yet: once it is, it listens.
void Orders::not_closed_again(const Error& error) {
  if (closing_again_pause_.failures() == 0) {
    host_.raise({"warning", "close_listener",
                 "the node is closed, and may listen: closing it again fails: " + error.message});
  }
  const MonoTime now = loop_.clock().mono();
  box_up_at_ = now + box_start;
  close_again_at(now + closing_again_pause_.next(random_));
}

std::function<void(Status)> Orders::ender(const std::string& id) {
  return [this, alive = std::weak_ptr<int>(alive_), id](const Status& status) {
    if (!alive.expired()) end(id, status);
  };
}

void Orders::end(const std::string& id, const Status& status, std::string note) {
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  loop_.cancel(found->second.deadline);
  running_.erase(found);
  if (status) {
    host_.finished(ActionId(id), wire::CommandState::done, std::move(note));
  } else {
    host_.finished(ActionId(id), wire::CommandState::failed, status.error().message);
  }
}

void Orders::end_all(Verb verb, const Error& error) {
  std::vector<std::string> ids;
  for (const auto& [id, running] : running_) {
    if (running.verb == verb) ids.push_back(id);
  }
  for (const std::string& id : ids) end(id, error);
}

}  // namespace edgeherd::session
