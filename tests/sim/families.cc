#include "tests/sim/families.h"

#include <map>
#include <vector>

#include "common/sim/sim_random.h"
#include "coordinator/sim/run/generate.h"
#include "tests/sim/shapes.h"

namespace edgeherd::sim {

namespace {

using enum FaultKind;
using namespace shapes;
using Kinds = std::vector<FaultKind>;

struct Stress {
  Kinds kinds;
  void (*shape)(Scenario&, SimRandom&);
};

const std::map<std::string, Stress>& families() {
  static const std::map<std::string, Stress> all = {
      {"brake.account_unsettled",
       {{brain_crash, cloud_list_broken, cloud_down, load_surge, op_terminate}, as_it_is}},
      {"brake.adoption", {{op_types_wrong}, lost_database}},
      {"brake.ceiling", {{load_surge, vm_vanishes}, as_it_is}},
      {"brake.fleet_ceiling", {{load_surge, load_drop, vm_vanishes, edge_sick}, low_ceiling}},
      {"brake.flap_guard", {{op_types_wrong}, waves_of_load}},
      {"brake.launch_budget", {{load_surge, load_drop, vm_vanishes, brain_crash}, small_budget}},
      {"brake.launches_frozen", {{op_types_wrong}, bad_boots}},
      {"brake.protected", {{op_types_wrong}, sick_and_protected}},
      {"brake.start_up", {{op_types_wrong}, cut_off_at_start}},
      {"check.archive_before_end", {{op_types_wrong}, often_rotated}},
      {"check.boot_deadline_after_start", {{op_types_wrong}, long_absence}},
      {"check.connections_drained", {{op_terminate}, lingering}},
      {"check.create_settled", {{op_types_wrong}, slower_cloud}},
      {"check.doubles_unbound", {{op_types_wrong}, doubles_and_crashes}},
      {"check.edge_quorum", {{op_types_wrong}, half_is_cut_off}},
      {"check.empty_database_read_only", {{store_lost, vm_vanishes}, as_it_is}},
      {"check.created_server_is_its_own", {{op_types_wrong}, misnamed}},
      {"check.enrolment_of_clones", {{op_types_wrong}, lost_and_cloned}},
      {"check.enrolment_of_doubles", {{op_types_wrong}, doubles}},
      {"check.epoch_credible", {{op_types_wrong}, wild_claims}},
      {"check.epoch_witnessed", {{op_types_wrong}, one_claim}},
      {"check.epochs_of_copies_differ", {{op_types_wrong}, replaced_and_back}},
      {"check.errors_forbid_shrinking", {{op_types_wrong}, errors_and_calm}},
      {"check.health_changes_restored", {{op_types_wrong}, sick_wave}},
      {"check.hung_calls_counted", {{op_types_wrong}, slow_cloud}},
      {"check.inventory_late_ignored", {{load_surge}, slow_cloud}},
      {"check.inventory_sound", {{op_terminate}, twice_listed}},
      {"check.launch_settled", {{op_types_wrong}, slow_cloud_and_crashes}},
      {"check.lost_listed_twice", {{op_types_wrong}, foreign_list_for_once}},
      {"check.manifest_as_confirmed", {{op_types_wrong}, often_rotated}},
      {"check.manifest_whole", {{op_types_wrong}, often_rotated}},
      {"check.missing_settled", {{op_types_wrong}, late_lists}},
      {"check.names_account_listed", {{op_types_wrong}, restored_and_unlisted}},
      {"check.names_keep_strangers", {{op_types_wrong, store_lost}, lost_database}},
      {"check.names_never_emptied", {{op_types_wrong}, all_of_a_zone_sick}},
      {"check.names_only_proven", {{op_types_wrong}, restored_and_unlisted}},
      {"check.objects_still_there", {{op_types_wrong}, often_rotated}},
      {"check.others_left_alone", {{op_types_wrong}, foreign_servers}},
      {"check.read_only_restored", {{op_types_wrong}, lost_and_crashed}},
      {"check.pause_marked", {{op_types_wrong}, paused_and_restored}},
      {"check.pause_restored", {{op_types_wrong}, paused_and_crashed}},
      {"check.reboot_restored", {{op_types_wrong}, hung_while_rebooted}},
      {"check.retired_ghost_destroyed", {{op_types_wrong}, foreign_list_at_the_end}},
      {"check.retired_restored", {{op_types_wrong}, foreign_list_and_crashes}},
      {"check.right_image", {{boot_wrong_image, vm_vanishes, load_surge}, as_it_is}},
      {"check.scale_in_stabilised", {{op_types_wrong}, calm_after_a_surge}},
      {"check.scale_in_stabilised_after_growth", {{load_surge, load_drop, load_drop}, as_it_is}},
      {"check.scale_in_stabilised_after_start", {{op_types_wrong}, calm_after_a_crash}},
      {"check.server_settled", {{op_types_wrong}, doubles_and_crashes}},
      {"check.silence_counts_from_start", {{op_types_wrong}, flushing_at_a_start}},
      {"check.standstill_is_a_start", {{op_types_wrong}, long_standstill}},
      {"check.stored_time_steady", {{op_types_wrong}, clock_ahead_at_a_start}},
      {"check.takeover_told", {{op_types_wrong}, replaced_and_back}},
      {"check.within_max", {{load_surge, vm_vanishes}, as_it_is}},
      {"check.unknown_is_not_bad", {{agent_hang}, hung_agents}},
  };
  return all;
}

}  // namespace

Family family_of(const std::string& safeguard) {
  return families().contains(safeguard) ? Family::its_own : Family::common;
}

std::string second_line_of(const std::string& safeguard) {
  static const std::map<std::string, std::string> seconds = {
      {"brake.ceiling", "check.within_max"},
      {"check.within_max", "brake.ceiling"},
      {"check.launch_settled", "check.create_settled"},
      {"check.manifest_as_confirmed", "check.manifest_whole"},
      {"check.scale_in_stabilised_after_start", "check.scale_in_stabilised"},
      {"check.manifest_whole", "check.manifest_as_confirmed"},
      {"check.names_all_answered", "check.names_all_known"},
      {"check.pause_restored", "check.pause_marked"},
      {"journal.pause", "check.pause_marked"},
  };
  const auto found = seconds.find(safeguard);
  return found == seconds.end() ? "" : found->second;
}

Scenario world_for(const std::string& safeguard, std::uint64_t seed) {
  const auto found = families().find(safeguard);
  if (found == families().end()) return generate_small(seed);
  Scenario scenario = generate_small(seed, found->second.kinds);
  SimRandom random(seed);
  found->second.shape(scenario, random);
  return scenario;
}

}  // namespace edgeherd::sim
