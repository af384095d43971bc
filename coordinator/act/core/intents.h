// Intents: what was journalled before the outside was asked, and what came of it.
//
// Open intents are never acted upon by themselves: the plan asks again, from what the provider
// lists. They say which servers are ours, and tell an operator what was under way in a crash.
// Private to coordinator/act. Thread: the loop's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "coordinator/act/core/durable.h"
#include "coordinator/act/core/journal.h"

namespace edgeherd::act {

class Intents {
 public:
  explicit Intents(Journal& journal) : journal_(journal) {}

  void restore(Intent intent) { rows_[intent_key(intent.node, intent.kind)] = std::move(intent); }

  // Journalled anew; an older one of the same node and kind is replaced.
  void open(Intent intent);
  // The outcome. Unknown or closed: ignored.
  void close(const NodeId& node, IntentKind kind, const std::string& outcome, WallTime now);
  // The node has left the journal: a launch is kept as abandoned, so that a server that appears
  // late is known as ours; the others are erased.
  void node_gone(const NodeId& node, bool retired, WallTime now);
  // Erases abandoned launches after abandoned_kept: those of these nodes.
  std::vector<NodeId> prune(WallTime now);

  [[nodiscard]] const Intent* find(const NodeId& node, IntentKind kind) const;
  [[nodiscard]] std::size_t open_count() const;

 private:
  void keep(const Intent& intent);

  Journal& journal_;
  std::map<std::string, Intent> rows_;
};

}  // namespace edgeherd::act
