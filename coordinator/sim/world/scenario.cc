#include "coordinator/sim/world/scenario.h"

namespace edgeherd::sim {

namespace {

using enum FaultKind;

struct Strength {
  double least;
  double most;
  bool needed;
};
constexpr double most_amount = 100;
constexpr Strength share{0, 1, true};
constexpr Strength choice{0, 1, false};  // between two ways, or how far
constexpr Strength amount{0, most_amount, true};
constexpr Strength some_amount{0, most_amount, false};
constexpr Strength offset{-most_amount, most_amount, true};
constexpr Strength none{-most_amount, most_amount, false};  // not looked at; seeds draw one for all

// `lasting`: begin_..._fault() gives an Undo.
enum class End { once, lasting };
using enum End;

struct KindRow {
  FaultKind value;
  std::string_view name;
  Strength strength;
  End end;
};
constexpr KindRow kinds[] = {
    {net_loss, "net_loss", share, lasting},
    {net_delay, "net_delay", amount, lasting},
    {net_duplicate, "net_duplicate", share, lasting},
    {net_reorder, "net_reorder", share, lasting},
    {net_partition, "net_partition", none, lasting},
    {net_deaf, "net_deaf", none, lasting},
    {net_mute, "net_mute", none, lasting},
    {net_stranger, "net_stranger", none, once},
    {agent_hang, "agent_hang", none, lasting},
    {agent_crash, "agent_crash", none, once},
    {agent_lies, "agent_lies", choice, lasting},
    {agent_resets, "agent_resets", none, once},
    {agent_clock, "agent_clock", offset, lasting},
    {agent_flaps, "agent_flaps", none, lasting},
    {agent_claims_epoch, "agent_claims_epoch", choice, once},
    {edge_broken, "edge_broken", none, lasting},
    {edge_sick, "edge_sick", none, lasting},
    {box_power_loss, "box_power_loss", none, once},
    {box_stopped, "box_stopped", none, lasting},
    {disk_full, "disk_full", none, lasting},
    {disk_failing, "disk_failing", none, lasting},
    {boot_slow, "boot_slow", share, lasting},
    {boot_dead, "boot_dead", share, lasting},
    {boot_stuck, "boot_stuck", share, lasting},
    {boot_wrong_image, "boot_wrong_image", share, lasting},
    {cloud_out_of_stock, "cloud_out_of_stock", choice, lasting},
    {cloud_throttles, "cloud_throttles", share, lasting},
    {cloud_down, "cloud_down", none, lasting},
    {cloud_slow, "cloud_slow", share, lasting},
    {cloud_loses_answers, "cloud_loses_answers", share, lasting},
    {cloud_doubles, "cloud_doubles", share, lasting},
    {cloud_list_broken, "cloud_list_broken", share, lasting},
    {cloud_list_lags, "cloud_list_lags", none, lasting},
    {cloud_ghosts, "cloud_ghosts", none, lasting},
    {cloud_list_foreign, "cloud_list_foreign", none, lasting},
    {cloud_list_twice, "cloud_list_twice", share, lasting},
    {cloud_list_bare, "cloud_list_bare", none, lasting},
    {cloud_names_another, "cloud_names_another", share, lasting},
    {vm_vanishes, "vm_vanishes", none, once},
    {vm_cloned, "vm_cloned", none, once},
    {vm_foreign, "vm_foreign", none, once},
    {dns_reads_fail, "dns_reads_fail", none, lasting},
    {dns_writes_fail, "dns_writes_fail", none, lasting},
    {dns_hangs, "dns_hangs", none, lasting},
    {dns_lags, "dns_lags", share, lasting},
    {dns_foreign_hand, "dns_foreign_hand", none, once},
    {archive_away, "archive_away", none, lasting},
    {archive_silent, "archive_silent", none, lasting},
    {archive_spoils, "archive_spoils", none, once},
    {archive_forgets, "archive_forgets", choice, once},
    {archive_clock, "archive_clock", none, lasting},
    {brain_crash, "brain_crash", none, once},
    {brain_crash_at_commit, "brain_crash_at_commit", choice, once},
    {brain_hang, "brain_hang", none, lasting},
    {brain_clock, "brain_clock", offset, lasting},
    {store_fails, "store_fails", none, lasting},
    {store_slow, "store_slow", amount, lasting},
    {store_restored, "store_restored", some_amount, once},
    {store_lost, "store_lost", none, once},
    {second_brain, "second_brain", none, lasting},
    {op_pause, "op_pause", none, lasting},
    {op_cordon, "op_cordon", none, lasting},
    {op_protect, "op_protect", none, lasting},
    {op_terminate, "op_terminate", none, once},
    {op_terminate_now, "op_terminate_now", none, once},
    {op_types_wrong, "op_types_wrong", none, once},
    {op_shrinks_zone, "op_shrinks_zone", choice, lasting},
    {op_grows_zone, "op_grows_zone", none, lasting},
    {op_shadow, "op_shadow", none, lasting},
    {op_shadow_fleet, "op_shadow_fleet", none, lasting},
    {op_closes_zone, "op_closes_zone", none, lasting},
    {load_surge, "load_surge", share, lasting},
    {load_drop, "load_drop", none, lasting},
    {load_fails, "load_fails", share, lasting},
};

struct ScopeRow {
  Scope value;
  std::string_view name;
};
constexpr ScopeRow scopes[] = {{Scope::node, "node"},
                               {Scope::zone, "zone"},
                               {Scope::account, "account"},
                               {Scope::half, "half"},
                               {Scope::all, "all"}};

template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) {
  for (const auto& row : table) {
    if (row.value == value) return row.name;
  }
  return "unknown";
}

template <class Table>
auto value_in(const Table& table, std::string_view text) {
  std::optional<decltype(table[0].value)> found;
  for (const auto& row : table) {
    if (row.name == text) found = row.value;
  }
  return found;
}

}  // namespace

std::string_view to_string(FaultKind kind) {
  return name_in(kinds, kind);
}
std::optional<FaultKind> fault_kind_from(std::string_view text) {
  return value_in(kinds, text);
}
const std::vector<FaultKind>& all_fault_kinds() {
  static const std::vector<FaultKind> all = [] {
    std::vector<FaultKind> found;
    for (const KindRow& row : kinds) found.push_back(row.value);
    return found;
  }();
  return all;
}

FaultForm form_of(FaultKind kind) {
  for (const KindRow& row : kinds) {
    if (row.value != kind) continue;
    const Strength& strength = row.strength;
    return {strength.least, strength.most, strength.needed, row.end == lasting};
  }
  return {};
}

bool is_drawn(FaultKind kind) {
  return kind != cloud_list_foreign && kind != cloud_list_twice && kind != archive_forgets &&
         kind != load_fails && kind != boot_stuck && kind != op_shadow_fleet;
}

std::string size_name(int fallback) {
  return fallback == 0 ? "small" : "small-" + std::to_string(fallback + 1);
}

double size_price(int fallback) {
  return first_price * (1 + fallback);
}

std::string_view to_string(Scope scope) {
  return name_in(scopes, scope);
}
std::optional<Scope> scope_from(std::string_view text) {
  return value_in(scopes, text);
}

}  // namespace edgeherd::sim
