#include "coordinator/sim/world/brain_seams.h"

#include <utility>

namespace edgeherd::sim {

namespace {

constexpr Duration amid_commit = 1ms;  // from a commit's beginning; it takes that long at least

// How the answer of a deed is heard, if it is.
template <class Answer>
std::function<void(Answer)> heard(Stroke stroke, Fate& fate, std::function<void(Answer)> done) {
  if (stroke == Stroke::none) return done;
  if (stroke == Stroke::torn) return [](const Answer&) {};
  return [&fate, done = std::move(done)](Answer answer) {
    done(std::move(answer));
    fate.die();
  };
}

// One deed outside: not at all, with its answer, or without.
template <class Answer, class Do>
void through(Fate& fate, Deed deed, std::function<void(Answer)> done, Do work) {
  const Stroke stroke = fate.meet(deed.kind, std::move(deed.what));
  if (stroke == Stroke::before) return;
  work(heard<Answer>(stroke, fate, std::move(done)));
  if (stroke == Stroke::torn) fate.die();
}

std::string rows_of(const act::Batch& batch) {
  std::string text;
  for (const auto& change : batch) {
    text += text.empty() ? "" : ", ";
    if (const auto* put = std::get_if<act::Put>(&change)) {
      text += std::string(to_string(put->table)) + " " + put->key;
    } else {
      const auto& erase = std::get<act::Erase>(change);
      text += "no " + std::string(to_string(erase.table)) + " " + erase.key;
    }
  }
  return text;
}

}  // namespace

Stroke Fate::meet(DeedKind kind, std::string what) {
  if (dead_) return Stroke::before;
  if (!strike_) return Stroke::none;
  const Stroke stroke = strike_({kind, std::move(what)});
  if (stroke == Stroke::before) die();
  return stroke;
}

void Fate::die() {
  if (std::exchange(dead_, true)) return;
  loop_.kill();
  if (died_) died_();
}

void WatchedStore::commit(act::Batch batch, std::function<void(Status)> done) {
  const Stroke stroke = fate_.meet(DeedKind::commit, rows_of(batch));
  if (stroke == Stroke::before) return;
  if (stroke == Stroke::torn) {
    // The file holds a part of it: whoever opens it finds the state before (tests of the store).
    world_.after(amid_commit, [this, alive = std::weak_ptr<int>(alive_)] {
      if (!alive.expired()) fate_.die();
    });
    return;
  }
  if (stroke == Stroke::after) {
    inner_.commit(std::move(batch), [this](const Status&) { fate_.die(); });
    return;
  }
  inner_.commit(std::move(batch), std::move(done));
}

void WatchedProvider::create(act::CreateRequest request,
                             std::function<void(Result<model::Vm>)> done) {
  through<Result<model::Vm>>(fate_, {DeedKind::create, request.node.str()}, std::move(done),
                             [&](auto answered) {
                               if (tap_) tap_({CloudCall::Kind::create, request.node, {}, {}});
                               inner_->create(std::move(request), std::move(answered));
                             });
}

void WatchedProvider::destroy(VmId vm, std::function<void(Status)> done) {
  through<Status>(fate_, {DeedKind::destroy, vm.str()}, std::move(done), [&](auto answered) {
    if (tap_) tap_({CloudCall::Kind::destroy, {}, vm, {}});
    inner_->destroy(std::move(vm), std::move(answered));
  });
}

void WatchedProvider::reboot(VmId vm, std::function<void(Status)> done) {
  const auto tell = [tap = tap_, vm, done = std::move(done)](const Status& status) {
    if (tap) tap({CloudCall::Kind::reboot, {}, vm, status.ok()});
    done(status);
  };
  through<Status>(fate_, {DeedKind::reboot, vm.str()}, tell, [&](auto answered) {
    if (tap_) tap_({CloudCall::Kind::reboot, {}, vm, {}});
    inner_->reboot(std::move(vm), std::move(answered));
  });
}

void WatchedProvider::list(std::function<void(Result<std::vector<model::Vm>>)> done) {
  through<Result<std::vector<model::Vm>>>(
      fate_, {DeedKind::list, ""}, std::move(done),
      [&](auto answered) { inner_->list(std::move(answered)); });
}

void WatchedProvider::images(std::function<void(Result<std::vector<act::Image>>)> done) {
  if (!fate_.dead()) inner_->images(std::move(done));
}

void WatchedDns::read(std::vector<act::NameKey> names,
                      std::function<void(Result<std::vector<act::NameSet>>)> done) {
  if (!fate_.dead()) inner_->read(std::move(names), std::move(done));
}

void WatchedDns::write(std::vector<act::NameSet> wanted, std::function<void(Status)> done) {
  std::string what;
  for (const act::NameSet& set : wanted)
    what += (what.empty() ? "" : ", ") + to_string(act::key_of(set));
  through<Status>(fate_, {DeedKind::names, std::move(what)}, std::move(done), [&](auto answered) {
    if (tap_) tap_(wanted);
    inner_->write(std::move(wanted), std::move(answered));
  });
}

}  // namespace edgeherd::sim
