#include "coordinator/sim/run/apart.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <poll.h>

#include "common/os/system_error.h"
#include "coordinator/sim/run/child.h"

namespace edgeherd::sim {

namespace {

// Those that have something to say, or have ended.
Result<std::vector<std::size_t>> wait_for(const std::vector<std::unique_ptr<Child>>& children) {
  std::vector<pollfd> watched;
  for (const auto& child : children) watched.push_back({child->descriptor(), POLLIN, 0});
  while (::poll(watched.data(), watched.size(), -1) < 0) {
    if (errno != EINTR) return os::system_error(errno, "waiting for simulations");
  }
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < watched.size(); ++i) {
    if (watched[i].revents != 0) ready.push_back(i);
  }
  return ready;
}

}  // namespace

Status play_apart(const Crew& crew, const NextTask& next, const TaskDone& done) {
  const auto jobs = static_cast<std::size_t>(std::max(1, crew.jobs));
  std::vector<std::unique_ptr<Child>> children;
  bool more = true;
  while (true) {
    while (more && children.size() < jobs) {
      const std::optional<Task> task = next();
      more = task.has_value();
      if (!more) break;
      auto child = Child::start(crew, *task);
      if (!child) return child.error();
      children.push_back(std::move(*child));
    }
    if (children.empty()) return {};
    const auto ready = wait_for(children);
    if (!ready) return ready.error();
    for (const std::size_t i : *ready) {
      if (children[i]->read_some() == Child::More::yes) continue;
      const auto ended = std::move(children[i]);
      Result<Outcome> outcome = ended->finish();
      if (!outcome) return outcome.error();
      if (Status taken = done(std::move(*outcome)); !taken) return taken;
    }
    std::erase(children, nullptr);
  }
}

Result<Outcome> play_apart(const Crew& crew, const Task& task) {
  std::optional<Task> left = task;
  std::optional<Outcome> outcome;
  const Status played = play_apart(
      crew, [&left] { return std::exchange(left, std::nullopt); },
      [&outcome](Outcome ended) {
        outcome = std::move(ended);
        return Status{};
      });
  if (!played) return played.error();
  return std::move(*outcome);
}

}  // namespace edgeherd::sim
