// History: the record of what happened, what was decided and from what, and each node's story.
//
// Bounded in size; losing the newest second of it in a crash is acceptable. Thread: the loop's;
// answers come on the loop, never inline.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "common/core/result.h"
#include "coordinator/model/event.h"

namespace edgeherd::act {

// Whose word an event is. An agent may lie, and may say it often.
enum class Origin { coordinator, agent };

// Those about a node are lines of its story too.
struct EventRecord {
  std::int64_t number = 0;  // assigned by the history, increasing
  WallTime at{};
  model::Note note;
  Origin origin = Origin::coordinator;  // for the notifier; not stored
};

// What takes servers away is kept longer than what does not.
enum class Removes { no, yes };

struct DecisionRecord {
  std::int64_t number = 0;  // assigned by the history; people call it the decision's id
  WallTime at{};
  ZoneId zone;
  std::string body;  // JSON: the zone's decision, actions, withheld
  Removes removes = Removes::no;
  std::int64_t snapshot = 0;  // assigned by the history; 0: the inputs were not recorded
};

// The decisions that one tick recorded, and what they were made of.
struct TickRecord {
  std::string snapshot;  // of coordinator/evidence; empty: none
  std::vector<DecisionRecord> decisions;
};

// Whether a line stems from a decision, which is then looked up.
enum class Decided { no, yes };

// One step of a node's life.
struct StoryLine {
  NodeId node;
  ZoneId zone;
  WallTime at{};
  std::string what;     // an event's code, or an action's kind
  std::string text;     // one line for people
  std::string details;  // a JSON object; empty: none
  Decided decided = Decided::no;
  std::int64_t ordinal = 0;   // assigned by the history; of the node's lines, from 1
  std::int64_t decision = 0;  // assigned by the history: its zone's decision then; 0: none is known
};

// The closing record of a node that is gone.
struct StoryEnd {
  NodeId node;
  ZoneId zone;
  WallTime at{};
  std::string body;  // JSON
};

// Of a long story the first and the newest lines; the ordinals show what is left out.
struct Story {
  std::vector<StoryLine> lines;  // in order
  std::optional<StoryEnd> end;   // nothing: it lives, or its end was not recorded
  [[nodiscard]] bool empty() const { return lines.empty() && !end; }
};
inline constexpr std::size_t story_first_lines = 50;
inline constexpr std::size_t story_lines = 250;

class History {
 public:
  template <class T>
  using Done = std::function<void(Result<T>)>;

  virtual ~History() = default;
  virtual void append(EventRecord record) = 0;
  virtual void append(TickRecord record) = 0;
  virtual void append(StoryLine line) = 0;
  virtual void append(StoryEnd end) = 0;

  // The newest decision of a zone at or before `at`.
  virtual void decision(ZoneId zone, WallTime at, Done<std::optional<DecisionRecord>> done) = 0;
  virtual void decision(std::int64_t number, Done<std::optional<DecisionRecord>> done) = 0;
  // The bytes of a snapshot; nothing when it is not kept any more.
  virtual void snapshot(std::int64_t number, Done<std::optional<std::string>> done) = 0;
  // Events with a number above `after`, oldest first, at most `limit`; after < 0: the newest
  // `limit`. Empty filters match all.
  virtual void events(std::int64_t after, std::size_t limit, NodeId node, ZoneId zone,
                      Done<std::vector<EventRecord>> done) = 0;
  // Empty when nothing is known of the node.
  virtual void story(NodeId node, Done<Story> done) = 0;
};

}  // namespace edgeherd::act
