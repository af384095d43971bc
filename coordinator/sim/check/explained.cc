// P9: every removal can be explained, and made again from the record.
//
// When a node leaves service or is to be destroyed, its story has just got a line with the reasons,
// with what was known and how old that was; the decision behind it is recorded with what it was
// made of, and today's code makes the very same plan of it. When it is gone, its story is closed,
// and says what is stored of its logs.
#include <algorithm>
#include <optional>

#include <boost/json.hpp>

#include "coordinator/evidence/replan.h"
#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

namespace json = boost::json;

class Explained final : public Checker {
 public:
  void moved(World& world, const Move& move) override {
    if (move.from == model::NodeState::in_service && move.to == model::NodeState::draining) {
      decided(world, move.node, {"withdraw"});
    } else if (move.to == model::NodeState::terminating) {
      decided(world, move.node, {"terminate", "discard", "withdraw"});
    }
  }

  void left(World& world, const NodeId& node, model::NodeState was,
            std::size_t /*brain*/) override {
    if (was != model::NodeState::terminating) return;
    const act::Story* story = world.history.known_story(node);
    if (story == nullptr || !story->end) return missing(world, node, "its story has no end");
    const json::object end = parsed(story->end->body);
    for (const char* field : {"cause", "text", "known", "logs"}) {
      if (!end.contains(field))
        missing(world, node, "its end does not tell its " + std::string(field));
    }
  }

 private:
  static json::object parsed(const std::string& text) {
    boost::system::error_code broken;
    json::value value = json::parse(text, broken);
    return !broken && value.is_object() ? value.as_object() : json::object();
  }

  static void missing(World& world, const NodeId& node, const std::string& what) {
    world.violated("P9", "the removal of node " + node.str() + " is not explained: " + what);
  }

  void decided(World& world, const model::Node& node, const std::vector<std::string>& steps) {
    const act::Story* story = world.history.known_story(node.id);
    if (story == nullptr) return missing(world, node.id, "it has no story");
    const auto line = std::find_if(story->lines.rbegin(), story->lines.rend(), [&](const auto& l) {
      return l.decided == act::Decided::yes && std::ranges::find(steps, l.what) != steps.end();
    });
    if (line == story->lines.rend()) return missing(world, node.id, "its story lacks the decision");
    const json::object details = parsed(line->details);
    const auto* reasons = details.if_contains("reasons");
    const auto* known = details.if_contains("known");
    if (reasons == nullptr || reasons->as_array().empty()) {
      return missing(world, node.id, "no reason is told");
    }
    if (known == nullptr || !known->as_object().contains("sample_age_ms")) {
      return missing(world, node.id, "what was known, and how old it was, is not told");
    }
    recorded(world, node.id, line->what, line->decision);
  }

  void recorded(World& world, const NodeId& node, const std::string& step, std::int64_t number) {
    const auto& decisions = world.history.decisions();
    const auto record =
        std::ranges::lower_bound(decisions, number, {}, &act::DecisionRecord::number);
    if (record == decisions.end() || record->number != number) {
      return missing(world, node, "the decision is not recorded");
    }
    if (record->body.find(node.str()) == std::string::npos ||
        record->body.find('"' + step + '"') == std::string::npos) {
      return missing(world, node, "decision " + std::to_string(number) + " does not name it");
    }
    if (record->snapshot == replanned_) return;
    const auto& snapshots = world.history.snapshots();
    const auto snapshot = snapshots.find(record->snapshot);
    if (snapshot == snapshots.end()) {
      return missing(world, node,
                     "what decision " + std::to_string(number) + " was made of is not recorded");
    }
    const auto differs = evidence::replan_differs(snapshot->second);
    if (!differs.ok()) return missing(world, node, differs.error().message);
    if (*differs) return missing(world, node, "today's plan is another one: " + **differs);
    replanned_ = record->snapshot;
  }

  // The newest snapshot that gave the same plan; 0 would be a decision that has none.
  std::optional<std::int64_t> replanned_;
};

}  // namespace

std::unique_ptr<Checker> make_explanation_checker() {
  return std::make_unique<Explained>();
}

}  // namespace edgeherd::sim
