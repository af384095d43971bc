#include "coordinator/sim/world/scenario.h"

#include <array>
#include <utility>

namespace edgeherd::sim {

namespace {

using enum FaultKind;
constexpr std::pair<FaultKind, std::string_view> kinds[] = {
    {net_loss, "net_loss"},
    {net_delay, "net_delay"},
    {net_duplicate, "net_duplicate"},
    {net_reorder, "net_reorder"},
    {net_partition, "net_partition"},
    {net_deaf, "net_deaf"},
    {net_mute, "net_mute"},
    {net_stranger, "net_stranger"},
    {agent_hang, "agent_hang"},
    {agent_crash, "agent_crash"},
    {agent_lies, "agent_lies"},
    {agent_resets, "agent_resets"},
    {agent_clock, "agent_clock"},
    {agent_flaps, "agent_flaps"},
    {agent_claims_epoch, "agent_claims_epoch"},
    {edge_broken, "edge_broken"},
    {edge_sick, "edge_sick"},
    {box_power_loss, "box_power_loss"},
    {box_stopped, "box_stopped"},
    {disk_full, "disk_full"},
    {disk_failing, "disk_failing"},
    {boot_slow, "boot_slow"},
    {boot_dead, "boot_dead"},
    {boot_stuck, "boot_stuck"},
    {boot_wrong_image, "boot_wrong_image"},
    {cloud_out_of_stock, "cloud_out_of_stock"},
    {cloud_throttles, "cloud_throttles"},
    {cloud_down, "cloud_down"},
    {cloud_slow, "cloud_slow"},
    {cloud_loses_answers, "cloud_loses_answers"},
    {cloud_doubles, "cloud_doubles"},
    {cloud_list_broken, "cloud_list_broken"},
    {cloud_list_lags, "cloud_list_lags"},
    {cloud_ghosts, "cloud_ghosts"},
    {cloud_list_foreign, "cloud_list_foreign"},
    {cloud_list_twice, "cloud_list_twice"},
    {cloud_list_bare, "cloud_list_bare"},
    {cloud_names_another, "cloud_names_another"},
    {vm_vanishes, "vm_vanishes"},
    {vm_cloned, "vm_cloned"},
    {vm_foreign, "vm_foreign"},
    {dns_reads_fail, "dns_reads_fail"},
    {dns_writes_fail, "dns_writes_fail"},
    {dns_hangs, "dns_hangs"},
    {dns_lags, "dns_lags"},
    {dns_foreign_hand, "dns_foreign_hand"},
    {archive_away, "archive_away"},
    {archive_silent, "archive_silent"},
    {archive_spoils, "archive_spoils"},
    {archive_forgets, "archive_forgets"},
    {archive_clock, "archive_clock"},
    {brain_crash, "brain_crash"},
    {brain_crash_at_commit, "brain_crash_at_commit"},
    {brain_hang, "brain_hang"},
    {brain_clock, "brain_clock"},
    {store_fails, "store_fails"},
    {store_slow, "store_slow"},
    {store_restored, "store_restored"},
    {store_lost, "store_lost"},
    {second_brain, "second_brain"},
    {op_pause, "op_pause"},
    {op_cordon, "op_cordon"},
    {op_protect, "op_protect"},
    {op_terminate, "op_terminate"},
    {op_terminate_now, "op_terminate_now"},
    {op_types_wrong, "op_types_wrong"},
    {op_shrinks_zone, "op_shrinks_zone"},
    {op_grows_zone, "op_grows_zone"},
    {op_shadow, "op_shadow"},
    {op_shadow_fleet, "op_shadow_fleet"},
    {op_closes_zone, "op_closes_zone"},
    {load_surge, "load_surge"},
    {load_drop, "load_drop"},
    {load_fails, "load_fails"},
};

constexpr std::pair<Scope, std::string_view> scopes[] = {{Scope::node, "node"},
                                                         {Scope::zone, "zone"},
                                                         {Scope::account, "account"},
                                                         {Scope::half, "half"},
                                                         {Scope::all, "all"}};

template <class Value, std::size_t N>
std::string_view name_in(const std::pair<Value, std::string_view> (&table)[N], Value value) {
  for (const auto& [known, name] : table) {
    if (known == value) return name;
  }
  return "unknown";
}

template <class Value, std::size_t N>
std::optional<Value> value_in(const std::pair<Value, std::string_view> (&table)[N],
                              std::string_view text) {
  for (const auto& [known, name] : table) {
    if (name == text) return known;
  }
  return std::nullopt;
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
    for (const auto& [kind, name] : kinds) found.push_back(kind);
    return found;
  }();
  return all;
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
