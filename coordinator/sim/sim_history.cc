#include "coordinator/sim/sim_history.h"

#include <algorithm>
#include <utility>

namespace edgeherd::sim {

void SimHistory::append(act::EventRecord record) {
  record.number = ++last_event_;
  const model::Note& note = record.note;
  if (!note.node.empty()) {
    append(act::StoryLine{note.node, note.zone, record.at, note.code, note.text, "",
                          act::Decided::no, 0, 0});
  }
  events_.push_back(std::move(record));
  if (events_.size() > kept) events_.pop_front();
}

void SimHistory::append(act::TickRecord record) {
  std::int64_t snapshot = 0;
  if (!record.snapshot.empty()) {
    if (on_snapshot_) on_snapshot_(record.snapshot);
    snapshot = ++last_snapshot_;
    snapshots_[snapshot] = std::move(record.snapshot);
    if (snapshots_.size() > kept_snapshots) snapshots_.erase(snapshots_.begin());
  }
  for (act::DecisionRecord& decision : record.decisions) {
    decision.number = ++last_decision_;
    decision.snapshot = snapshot;
    decisions_.push_back(std::move(decision));
    if (decisions_.size() > kept) decisions_.pop_front();
  }
}

act::Story& SimHistory::story_of(const NodeId& node) {
  const auto [found, is_new] = stories_.try_emplace(node);
  if (is_new) {
    story_order_.push_back(node);
    if (story_order_.size() > kept_stories) {
      stories_.erase(story_order_.front());
      story_order_.pop_front();
    }
  }
  return found->second;
}

const act::Story* SimHistory::known_story(const NodeId& node) const {
  const auto found = stories_.find(node);
  return found == stories_.end() ? nullptr : &found->second;
}

void SimHistory::append(act::StoryLine line) {
  if (line.decided == act::Decided::yes) {
    const auto decided = newest(line.zone, line.at);
    if (decided) line.decision = decided->number;
  }
  std::vector<act::StoryLine>& lines = story_of(line.node).lines;
  line.ordinal = lines.empty() ? 1 : lines.back().ordinal + 1;
  lines.push_back(std::move(line));
  if (lines.size() > act::story_lines) lines.erase(lines.begin() + act::story_first_lines);
}

void SimHistory::append(act::StoryEnd end) {
  act::Story& story = story_of(end.node);
  story.end = std::move(end);
}

std::optional<act::DecisionRecord> SimHistory::newest(const ZoneId& zone, WallTime at) const {
  std::optional<act::DecisionRecord> found;
  for (auto record = decisions_.rbegin(); record != decisions_.rend(); ++record) {
    if (record->zone != zone || record->at > at) continue;
    // Of one moment the one that came last; a clock may also have been set back.
    if (!found || record->at > found->at) found = *record;
  }
  return found;
}

void SimHistory::decision(ZoneId zone, WallTime at, Done<std::optional<act::DecisionRecord>> done) {
  if (process_ == nullptr) return;
  process_->post([done = std::move(done), found = newest(zone, at)] { done(found); });
}

void SimHistory::decision(std::int64_t number, Done<std::optional<act::DecisionRecord>> done) {
  if (process_ == nullptr) return;
  std::optional<act::DecisionRecord> found;
  const auto it = std::ranges::find(decisions_, number, &act::DecisionRecord::number);
  if (it != decisions_.end()) found = *it;
  process_->post([done = std::move(done), found] { done(found); });
}

void SimHistory::snapshot(std::int64_t number, Done<std::optional<std::string>> done) {
  if (process_ == nullptr) return;
  std::optional<std::string> found;
  if (const auto it = snapshots_.find(number); it != snapshots_.end()) found = it->second;
  process_->post([done = std::move(done), found] { done(found); });
}

void SimHistory::events(std::int64_t after, std::size_t limit, NodeId node, ZoneId zone,
                        Done<std::vector<act::EventRecord>> done) {
  std::vector<act::EventRecord> found;
  for (const act::EventRecord& record : events_) {
    if (after >= 0 && record.number <= after) continue;
    if (!node.empty() && record.note.node != node) continue;
    if (!zone.empty() && record.note.zone != zone) continue;
    found.push_back(record);
  }
  if (found.size() > limit) {
    // Without a start: the newest ones; else the oldest after it.
    if (after < 0) {
      found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(limit));
    } else {
      found.resize(limit);
    }
  }
  if (process_ != nullptr) process_->post([done = std::move(done), found] { done(found); });
}

void SimHistory::story(NodeId node, Done<act::Story> done) {
  if (process_ == nullptr) return;
  const auto it = stories_.find(node);
  process_->post([done = std::move(done),
                  found = it == stories_.end() ? act::Story{} : it->second] { done(found); });
}

std::size_t SimHistory::count(const std::string& code) const {
  return static_cast<std::size_t>(
      std::count_if(events_.begin(), events_.end(),
                    [&](const auto& record) { return record.note.code == code; }));
}

}  // namespace edgeherd::sim
