#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

std::vector<std::unique_ptr<Checker>> make_checkers() {
  std::vector<std::unique_ptr<Checker>> all;
  all.push_back(make_floor_checker());
  all.push_back(make_budget_checker());
  all.push_back(make_evidence_checker());
  all.push_back(make_single_checker());
  all.push_back(make_abandoned_checker());
  all.push_back(make_viewer_checker());
  all.push_back(make_convergence_checker());
  all.push_back(make_command_checker());
  all.push_back(make_explanation_checker());
  all.push_back(make_log_checker());
  all.push_back(make_order_checker());
  all.push_back(make_launch_checker());
  all.push_back(make_placement_checker());
  all.push_back(make_freeze_checker());
  all.push_back(make_way_checker());
  all.push_back(make_write_ahead_checker());
  all.push_back(make_lost_checker());
  all.push_back(make_boot_checker());
  all.push_back(make_epoch_checker());
  all.push_back(make_identity_checker());
  all.push_back(make_call_checker());
  all.push_back(make_name_checker());
  all.push_back(make_flap_checker());
  all.push_back(make_shrinking_checker());
  all.push_back(make_drain_checker());
  all.push_back(make_foreign_checker());
  return all;
}

}  // namespace edgeherd::sim
