#include "coordinator/act/core/recovery.h"

#include <algorithm>

#include "common/core/protection.h"

namespace edgeherd::act {

namespace {

const Protection retired_known("check", "retired_restored");
const Protection reboot_once("check", "reboot_restored");
const Protection pause_known("check", "pause_restored");
const Protection read_only_known("check", "read_only_restored");
const Protection spent_known("check", "departures_restored");
const Protection waves_remembered("check", "health_changes_restored");

// Reads all rows of one table; `each` gets key and body and answers with an error or not.
template <class Each>
Status each_row(StateStore& store, Table table, Each each) {
  auto rows = store.load(table);
  if (!rows.ok()) return rows.error().within("reading table " + std::string(to_string(table)));
  for (const auto& [key, body] : *rows) {
    if (const Status read = each(key, body); !read.ok()) return read;
  }
  return {};
}

bool earlier(const DatedRow& a, const DatedRow& b) {
  return a.at < b.at;
}

Status read_nodes(StateStore& store, const model::Policy& policy, Instant now, Restored& into) {
  return each_row(
      store, Table::node, [&](const std::string& key, const std::string& body) -> Status {
        auto node = read_node(key, body, policy, now);
        if (!node.ok()) return node.error();
        // A reboot that was under way when we stopped may have happened: the one try is spent.
        const auto intent =
            std::find_if(into.intents.begin(), into.intents.end(), [&](const Intent& i) {
              return i.kind == IntentKind::reboot && i.open && i.node == node->id;
            });
        if (reboot_once.on() && intent != into.intents.end() && !node->leaving.rebooted) {
          ++node->leaving.reboots;
          node->leaving.rebooted = true;
          node->leaving.rebooted_at = now.mono;
        }
        into.events.emplace_back(model::NodeRestored{std::move(*node)});
        return {};
      });
}

// One ledger: its rows oldest first, for the fleet drops its memory from the front.
template <class Restore, class Read>
Status read_ledger(StateStore& store, Table table, const model::Policy& policy, Instant now,
                   Read read, std::vector<DatedRow>& rows, std::vector<model::Event>& events) {
  using Entry =
      std::remove_cvref_t<decltype(*read(std::string(), std::string_view(), policy, now))>;
  std::vector<Entry> entries;
  const Status done =
      each_row(store, table, [&](const std::string& key, const std::string& body) -> Status {
        auto entry = read(key, body, policy, now);
        if (!entry.ok()) return entry.error();
        rows.push_back({key, entry->at});
        entries.push_back(std::move(*entry));
        return {};
      });
  if (!done.ok()) return done;
  std::stable_sort(rows.begin(), rows.end(), earlier);
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.at < b.at; });
  for (Entry& entry : entries) events.emplace_back(Restore{std::move(entry)});
  return {};
}

Status read_ledgers(StateStore& store, const model::Policy& policy, Instant now, Restored& into) {
  auto& events = into.events;
  Status read;
  if (spent_known.on()) {
    read = read_ledger<model::DepartureRestored>(store, Table::departure, policy, now,
                                                 read_departure, into.departures, events);
  }
  if (!read.ok()) return read;
  read = read_ledger<model::LaunchRestored>(store, Table::launch, policy, now, read_launch,
                                            into.launches, events);
  if (!read.ok()) return read;
  if (waves_remembered.on()) {
    read = read_ledger<model::HealthChangeRestored>(
        store, Table::health_change, policy, now, read_health_change, into.health_changes, events);
  }
  if (!read.ok()) return read;
  return read_ledger<model::TurnRestored>(store, Table::turn, policy, now, read_turn, into.turns,
                                          events);
}

Status read_placements(StateStore& store, const model::Policy& policy, Instant now,
                       Restored& into) {
  return each_row(store, Table::placement,
                  [&](const std::string& key, const std::string& body) -> Status {
                    auto row = read_placement(key, body, policy, now);
                    if (!row.ok()) return row.error();
                    into.events.emplace_back(model::PlacementRestored{row->id, row->placement});
                    return {};
                  });
}

Status read_zones(StateStore& store, Restored& into) {
  return each_row(
      store, Table::zone, [&](const std::string& key, const std::string& body) -> Status {
        const auto confirmed = read_zone(key, body);
        if (!confirmed.ok()) return confirmed.error();
        if (confirmed->removals > 0) {
          into.events.emplace_back(
              model::RemovalsConfirmed{ZoneId(key), confirmed->removals, confirmed->asked});
        }
        return {};
      });
}

Status read_standing_orders(StateStore& store, const Clock& clock, Restored& into) {
  return each_row(
      store, Table::order, [&](const std::string& key, const std::string& body) -> Status {
        if (key == met_key) {
          auto met = read_met(body);
          if (!met.ok()) return met.error();
          into.epoch_met = *met;
          return {};
        }
        if (key == clock_key) {
          auto read = read_clock(body, into.clock.boot, clock);
          if (!read.ok()) return read.error();
          into.clock = *read;
          return {};
        }
        if (key != orders_key) {
          return fail(Errc::broken, "row '" + key + "' of table order: only '" +
                                        std::string(orders_key) + "', '" + std::string(clock_key) +
                                        "' and '" + std::string(met_key) + "' are known");
        }
        auto orders = read_orders(body);
        if (!orders.ok()) return orders.error();
        into.orders = *orders;
        if (orders->paused && pause_known.on())
          into.events.emplace_back(model::Paused{orders->pause_reason});
        if (orders->read_only && read_only_known.on()) {
          into.events.emplace_back(model::ReadOnlySet{true, orders->read_only_reason});
        }
        return {};
      });
}

}  // namespace

Result<Restored> restore(StateStore& store, const model::Policy& policy, const Clock& clock,
                         const std::string& boot) {
  Restored restored;
  restored.clock = first_clock(boot, clock);
  Status read = read_standing_orders(store, clock, restored);
  const Instant now = restored.clock.at(clock.mono());
  if (read.ok()) {
    read = each_row(store, Table::intent,
                    [&](const std::string& key, const std::string& body) -> Status {
                      auto intent = read_intent(key, body);
                      if (!intent.ok()) return intent.error();
                      if (intent->abandoned && retired_known.on()) {
                        restored.events.emplace_back(model::RetiredRestored{intent->node});
                      }
                      restored.intents.push_back(std::move(*intent));
                      return {};
                    });
  }
  if (read.ok()) read = read_nodes(store, policy, now, restored);
  if (read.ok()) read = read_placements(store, policy, now, restored);
  if (read.ok()) read = read_zones(store, restored);
  if (read.ok()) read = read_ledgers(store, policy, now, restored);
  if (read.ok()) {
    read = each_row(store, Table::segment,
                    [&](const std::string& key, const std::string& body) -> Status {
                      auto segment = read_segment(key, body);
                      if (!segment.ok()) return segment.error();
                      restored.segments.push_back(std::move(*segment));
                      return {};
                    });
  }
  if (read.ok()) {
    read = each_row(store, Table::folded,
                    [&](const std::string& key, const std::string& body) -> Status {
                      auto folded = read_folded(key, body);
                      if (!folded.ok()) return folded.error();
                      restored.folded.push_back(std::move(*folded));
                      return {};
                    });
  }
  if (read.ok()) {
    read = each_row(store, Table::name,
                    [&](const std::string& key, const std::string& body) -> Status {
                      auto given = read_given_name(key, body);
                      if (!given.ok()) return given.error();
                      restored.names.push_back(std::move(*given));
                      return {};
                    });
  }
  if (!read.ok()) return read.error();
  restored.empty = restored.intents.empty() &&
                   std::none_of(restored.events.begin(), restored.events.end(), [](const auto& e) {
                     return std::holds_alternative<model::NodeRestored>(e);
                   });
  return restored;
}

}  // namespace edgeherd::act
