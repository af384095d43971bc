// All checkers, one file for each. docs/reliability.md says what each of them holds.
#pragma once

#include <memory>
#include <vector>

#include "coordinator/sim/check/checker.h"

namespace edgeherd::sim {

[[nodiscard]] std::vector<std::unique_ptr<Checker>> make_checkers();

[[nodiscard]] std::unique_ptr<Checker> make_floor_checker();        // P1
[[nodiscard]] std::unique_ptr<Checker> make_budget_checker();       // P2
[[nodiscard]] std::unique_ptr<Checker> make_evidence_checker();     // P3
[[nodiscard]] std::unique_ptr<Checker> make_single_checker();       // P4
[[nodiscard]] std::unique_ptr<Checker> make_abandoned_checker();    // P5
[[nodiscard]] std::unique_ptr<Checker> make_viewer_checker();       // P6, P12
[[nodiscard]] std::unique_ptr<Checker> make_convergence_checker();  // P7
[[nodiscard]] std::unique_ptr<Checker> make_command_checker();      // P8
[[nodiscard]] std::unique_ptr<Checker> make_explanation_checker();  // P9
[[nodiscard]] std::unique_ptr<Checker> make_log_checker();          // P10
[[nodiscard]] std::unique_ptr<Checker> make_order_checker();      // pause, shadow, protection, ...
[[nodiscard]] std::unique_ptr<Checker> make_launch_checker();     // ceilings, budgets, back-off
[[nodiscard]] std::unique_ptr<Checker> make_placement_checker();  // stock, spill-over, costs
[[nodiscard]] std::unique_ptr<Checker> make_freeze_checker();     // waves of health changes

[[nodiscard]] std::unique_ptr<Checker> make_way_checker();          // from state to state
[[nodiscard]] std::unique_ptr<Checker> make_write_ahead_checker();  // journal before deed
[[nodiscard]] std::unique_ptr<Checker> make_lost_checker();         // P3: servers taken for gone
[[nodiscard]] std::unique_ptr<Checker> make_shrinking_checker();    // P3: lack of load
[[nodiscard]] std::unique_ptr<Checker> make_boot_checker();         // failed boots, wrong images
[[nodiscard]] std::unique_ptr<Checker> make_epoch_checker();        // who gives way to whom
[[nodiscard]] std::unique_ptr<Checker> make_identity_checker();     // whose agent speaks
[[nodiscard]] std::unique_ptr<Checker> make_call_checker();         // calls at once, reboots
[[nodiscard]] std::unique_ptr<Checker> make_name_checker();         // what is written into names
[[nodiscard]] std::unique_ptr<Checker> make_flap_checker();         // sizes that go up and down
[[nodiscard]] std::unique_ptr<Checker> make_drain_checker();        // connections
[[nodiscard]] std::unique_ptr<Checker> make_foreign_checker();      // other people's servers

}  // namespace edgeherd::sim
