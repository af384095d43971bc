// SimHistory: the history's twin, in memory. It outlives every coordinator process; what is asked
// is answered on the loop of the process that is attached. Thread: the loop's.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/core/event_loop.h"
#include "coordinator/act/seams/history.h"

namespace edgeherd::sim {

class SimHistory final : public act::History {
 public:
  static constexpr std::size_t kept = 100'000;         // events, and decisions
  static constexpr std::size_t kept_stories = 10'000;  // the oldest go first
  static constexpr std::size_t kept_snapshots = 200;

  void append(act::EventRecord record) override;
  void append(act::TickRecord record) override;
  void append(act::StoryLine line) override;
  void append(act::StoryEnd end) override;
  void decision(ZoneId zone, WallTime at, Done<std::optional<act::DecisionRecord>> done) override;
  void decision(std::int64_t number, Done<std::optional<act::DecisionRecord>> done) override;
  void snapshot(std::int64_t number, Done<std::optional<std::string>> done) override;
  void events(std::int64_t after, std::size_t limit, NodeId node, ZoneId zone,
              Done<std::vector<act::EventRecord>> done) override;
  void story(NodeId node, Done<act::Story> done) override;
  void attach(EventLoop& process) { process_ = &process; }
  // Called with the bytes of each snapshot as it is recorded. One listener.
  void on_snapshot(std::function<void(const std::string&)> listener) {
    on_snapshot_ = std::move(listener);
  }

  [[nodiscard]] const std::deque<act::EventRecord>& notes() const { return events_; }
  [[nodiscard]] const std::deque<act::DecisionRecord>& decisions() const { return decisions_; }
  [[nodiscard]] const std::map<std::int64_t, std::string>& snapshots() const { return snapshots_; }
  // Null when nothing is known of the node.
  [[nodiscard]] const act::Story* known_story(const NodeId& node) const;
  // How many notes have this code.
  [[nodiscard]] std::size_t count(const std::string& code) const;

 private:
  [[nodiscard]] std::optional<act::DecisionRecord> newest(const ZoneId& zone, WallTime at) const;
  act::Story& story_of(const NodeId& node);

  EventLoop* process_ = nullptr;
  std::function<void(const std::string&)> on_snapshot_;
  std::int64_t last_event_ = 0;
  std::int64_t last_decision_ = 0;
  std::int64_t last_snapshot_ = 0;
  std::deque<act::EventRecord> events_;
  std::deque<act::DecisionRecord> decisions_;
  std::map<std::int64_t, std::string> snapshots_;
  std::map<NodeId, act::Story> stories_;
  std::deque<NodeId> story_order_;
};

}  // namespace edgeherd::sim
