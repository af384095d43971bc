#include "coordinator/act/core/intents.h"

#include <algorithm>

namespace edgeherd::act {

void Intents::keep(const Intent& intent) {
  journal_.put(Table::intent, intent_key(intent.node, intent.kind), intent_body(intent));
}

void Intents::open(Intent intent) {
  keep(intent);
  rows_[intent_key(intent.node, intent.kind)] = std::move(intent);
}

void Intents::close(const NodeId& node, IntentKind kind, const std::string& outcome, WallTime now) {
  const auto row = rows_.find(intent_key(node, kind));
  if (row == rows_.end() || !row->second.open) return;
  row->second.open = false;
  row->second.ended = now;
  row->second.outcome = outcome;
  keep(row->second);
}

void Intents::node_gone(const NodeId& node, bool retired, WallTime now) {
  for (const IntentKind kind : {IntentKind::launch, IntentKind::destroy, IntentKind::reboot}) {
    const auto row = rows_.find(intent_key(node, kind));
    if (row == rows_.end()) continue;
    if (kind == IntentKind::launch && retired) {
      row->second.open = false;
      row->second.abandoned = true;
      row->second.ended = now;
      keep(row->second);
    } else {
      journal_.erase(Table::intent, row->first);
      rows_.erase(row);
    }
  }
}

std::vector<NodeId> Intents::prune(WallTime now) {
  std::vector<NodeId> forgotten;
  for (auto row = rows_.begin(); row != rows_.end();) {
    if (!row->second.abandoned || now - row->second.ended < abandoned_kept) {
      ++row;
      continue;
    }
    journal_.erase(Table::intent, row->first);
    forgotten.push_back(row->second.node);
    row = rows_.erase(row);
  }
  return forgotten;
}

const Intent* Intents::find(const NodeId& node, IntentKind kind) const {
  const auto row = rows_.find(intent_key(node, kind));
  return row == rows_.end() ? nullptr : &row->second;
}

std::size_t Intents::open_count() const {
  return static_cast<std::size_t>(
      std::count_if(rows_.begin(), rows_.end(), [](const auto& row) { return row.second.open; }));
}

}  // namespace edgeherd::act
