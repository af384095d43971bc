// Recent: the answer to a question, asked once for all who want to know it within a moment.
//
// A burst of launches asks the cloud once which image a tag stands for. An answer is kept for
// `kept`, counted from when it was asked for; a failure is told to those who wait, and is not kept.
// Whoever finds that an answer was out of date forgets it. Thread: the loop's, which outlives it.
// No `done` is called after its destruction.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/core/event_loop.h"
#include "common/core/result.h"

namespace edgeherd::images {

template <class T>
class Recent {
 public:
  using Done = std::function<void(const Result<T>&)>;
  // Asks the cloud, and answers once.
  using Fetch = std::function<void(Done)>;

  Recent(EventLoop& loop, Duration kept) : loop_(loop), kept_(kept) {}

  // `done` once, never inline for an answer that is kept.
  void ask(const std::string& question, const Fetch& fetch, Done done) {
    drop_old();
    if (const auto known = entries_.find(question); known != entries_.end()) {
      if (!known->second->answer) return known->second->waiting.push_back(std::move(done));
      return loop_.post(
          [alive = std::weak_ptr(alive_), entry = known->second, done = std::move(done)] {
            if (!alive.expired()) done(*entry->answer);
          });
    }
    auto entry = std::make_shared<Entry>();
    entry->asked_at = loop_.clock().mono();
    entry->waiting.push_back(std::move(done));
    entries_[question] = entry;
    fetch([this, alive = std::weak_ptr(alive_), question, entry](const Result<T>& answer) {
      if (alive.expired()) return;
      entry->answer = answer;
      if (const auto mine = entries_.find(question);
          !answer && mine != entries_.end() && mine->second == entry) {
        entries_.erase(mine);
      }
      const auto waiting = std::exchange(entry->waiting, {});
      for (const Done& one : waiting) {
        if (!alive.expired()) one(answer);
      }
    });
  }

  // An answer that was known at `known` has turned out wrong: what was asked for later stays. Those
  // who wait for it still get it.
  void forget(const std::string& question, MonoTime known) {
    const auto entry = entries_.find(question);
    if (entry != entries_.end() && entry->second->asked_at <= known) entries_.erase(entry);
  }

 private:
  struct Entry {
    MonoTime asked_at{};
    std::optional<Result<T>> answer;
    std::vector<Done> waiting;
  };

  void drop_old() {
    const MonoTime now = loop_.clock().mono();
    std::erase_if(entries_, [&](const auto& one) {
      return one.second->answer && now >= one.second->asked_at + kept_;
    });
  }

  EventLoop& loop_;
  const Duration kept_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace edgeherd::images
