// LoggedHistory: what is recorded for people also goes into the program's log; there a warning that
// is said over and over, as while the store fails, is logged now and then only, with its count.
// Thread: the loop's. Owns the history behind it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/core/clock.h"
#include "common/telemetry/log.h"
#include "common/telemetry/repeats.h"
#include "coordinator/act/seams/history.h"

namespace edgeherd::app {

class LoggedHistory final : public act::History {
 public:
  LoggedHistory(std::unique_ptr<act::History> behind, const Clock& clock)
      : behind_(std::move(behind)), clock_(clock) {}

  void append(act::EventRecord record) override {
    using telemetry::Level;
    const model::Note& note = record.note;
    const Level level = note.severity == model::Severity::info      ? Level::info
                        : note.severity == model::Severity::warning ? Level::warning
                                                                    : Level::error;
    std::string text = note.code + ": " + note.text;
    if (!note.node.empty()) text += " [" + note.node.str() + "]";
    if (!note.zone.empty()) text += " [" + note.zone.str() + "]";
    const std::optional<std::string> line =
        level == Level::info ? std::optional(text) : repeats_.pass(text, clock_.mono());
    if (line) telemetry::log(level, "fleet", *line);
    behind_->append(std::move(record));
  }
  void append(act::TickRecord record) override { behind_->append(std::move(record)); }
  void append(act::StoryLine line) override { behind_->append(std::move(line)); }
  void append(act::StoryEnd end) override { behind_->append(std::move(end)); }
  void decision(ZoneId zone, WallTime at, Done<std::optional<act::DecisionRecord>> done) override {
    behind_->decision(std::move(zone), at, std::move(done));
  }
  void decision(std::int64_t number, Done<std::optional<act::DecisionRecord>> done) override {
    behind_->decision(number, std::move(done));
  }
  void snapshot(std::int64_t number, Done<std::optional<std::string>> done) override {
    behind_->snapshot(number, std::move(done));
  }
  void events(std::int64_t after, std::size_t limit, NodeId node, ZoneId zone,
              Done<std::vector<act::EventRecord>> done) override {
    behind_->events(after, limit, std::move(node), std::move(zone), std::move(done));
  }
  void story(NodeId node, Done<act::Story> done) override {
    behind_->story(std::move(node), std::move(done));
  }

 private:
  std::unique_ptr<act::History> behind_;
  const Clock& clock_;
  telemetry::Repeats repeats_;
};

}  // namespace edgeherd::app
