// What the families of small worlds are made of: each shapes a world so that one safeguard is
// needed, by chance of `random` alone. The names say the trouble.
#pragma once

#include "common/sim/sim_random.h"
#include "coordinator/sim/world/scenario.h"

namespace edgeherd::sim::shapes {

void as_it_is(Scenario& scenario, SimRandom& random);
void low_ceiling(Scenario& scenario, SimRandom& random);
void small_budget(Scenario& scenario, SimRandom& random);
void bad_boots(Scenario& scenario, SimRandom& random);
void sick_and_protected(Scenario& scenario, SimRandom& random);
void cut_off_at_start(Scenario& scenario, SimRandom& random);
void waves_of_load(Scenario& scenario, SimRandom& random);
void lost_database(Scenario& scenario, SimRandom& random);
void lost_and_crashed(Scenario& scenario, SimRandom& random);
void often_rotated(Scenario& scenario, SimRandom& random);
void long_absence(Scenario& scenario, SimRandom& random);
void paused_and_crashed(Scenario& scenario, SimRandom& random);
void paused_and_restored(Scenario& scenario, SimRandom& random);
void clock_ahead_at_a_start(Scenario& scenario, SimRandom& random);
void long_standstill(Scenario& scenario, SimRandom& random);
void lingering(Scenario& scenario, SimRandom& random);
void half_is_cut_off(Scenario& scenario, SimRandom& random);
void replaced_and_back(Scenario& scenario, SimRandom& random);
void one_claim(Scenario& scenario, SimRandom& random);
void wild_claims(Scenario& scenario, SimRandom& random);
void errors_and_calm(Scenario& scenario, SimRandom& random);
void sick_wave(Scenario& scenario, SimRandom& random);
void slow_cloud(Scenario& scenario, SimRandom& random);
void slower_cloud(Scenario& scenario, SimRandom& random);
void slow_cloud_and_crashes(Scenario& scenario, SimRandom& random);
void late_lists(Scenario& scenario, SimRandom& random);
void doubles(Scenario& scenario, SimRandom& random);
void misnamed(Scenario& scenario, SimRandom& random);
void lost_and_cloned(Scenario& scenario, SimRandom& random);
void foreign_servers(Scenario& scenario, SimRandom& random);
void doubles_and_crashes(Scenario& scenario, SimRandom& random);
void foreign_list_for_once(Scenario& scenario, SimRandom& random);
void foreign_list_at_the_end(Scenario& scenario, SimRandom& random);
void foreign_list_and_crashes(Scenario& scenario, SimRandom& random);
void all_of_a_zone_sick(Scenario& scenario, SimRandom& random);
void restored_and_unlisted(Scenario& scenario, SimRandom& random);
void hung_while_rebooted(Scenario& scenario, SimRandom& random);
void calm_after_a_crash(Scenario& scenario, SimRandom& random);
void calm_after_a_surge(Scenario& scenario, SimRandom& random);
void flushing_at_a_start(Scenario& scenario, SimRandom& random);
void twice_listed(Scenario& scenario, SimRandom& random);
void hung_agents(Scenario& scenario, SimRandom& random);

}  // namespace edgeherd::sim::shapes
