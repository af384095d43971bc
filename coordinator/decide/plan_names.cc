// The names of actions and brakes, as they stand in the API and in the record.
#include "coordinator/decide/plan.h"

namespace edgeherd::decide {

std::string_view to_string(ActionKind kind) {
  switch (kind) {
    case ActionKind::launch:
      return "launch";
    case ActionKind::create_again:
      return "create_again";
    case ActionKind::admit:
      return "admit";
    case ActionKind::withdraw:
      return "withdraw";
    case ActionKind::return_to_service:
      return "return_to_service";
    case ActionKind::command:
      return "command";
    case ActionKind::begin_flush:
      return "begin_flush";
    case ActionKind::check_archive:
      return "check_archive";
    case ActionKind::finish_flush:
      return "finish_flush";
    case ActionKind::hold:
      return "hold";
    case ActionKind::give_up_flush:
      return "give_up_flush";
    case ActionKind::terminate:
      return "terminate";
    case ActionKind::discard:
      return "discard";
    case ActionKind::destroy_again:
      return "destroy_again";
    case ActionKind::reboot:
      return "reboot";
    case ActionKind::mark_gone:
      return "mark_gone";
  }
  return "unknown";
}

bool is_removal(ActionKind kind) {
  switch (kind) {
    case ActionKind::withdraw:
    case ActionKind::begin_flush:
    case ActionKind::give_up_flush:
    case ActionKind::terminate:
    case ActionKind::discard:
    case ActionKind::destroy_again:
    case ActionKind::reboot:
      return true;
    default:
      return false;
  }
}

bool is_launch(ActionKind kind) {
  return kind == ActionKind::launch || kind == ActionKind::create_again;
}

std::string_view to_string(Brake brake) {
  switch (brake) {
    case Brake::floor:
      return "floor";
    case Brake::ceiling:
      return "ceiling";
    case Brake::scale_in_budget:
      return "scale_in_budget";
    case Brake::removal_budget:
      return "removal_budget";
    case Brake::zone_freeze:
      return "zone_freeze";
    case Brake::account_freeze:
      return "account_freeze";
    case Brake::stale_evidence:
      return "stale_evidence";
    case Brake::paused:
      return "paused";
    case Brake::read_only:
      return "read_only";
    case Brake::superseded:
      return "superseded";
    case Brake::start_up:
      return "start_up";
    case Brake::account_unsettled:
      return "account_unsettled";
    case Brake::launch_budget:
      return "launch_budget";
    case Brake::hourly_budget:
      return "hourly_budget";
    case Brake::fleet_ceiling:
      return "fleet_ceiling";
    case Brake::failed_boot_budget:
      return "failed_boot_budget";
    case Brake::placement_backoff:
      return "placement_backoff";
    case Brake::placement_closed:
      return "placement_closed";
    case Brake::launches_frozen:
      return "launches_frozen";
    case Brake::is_protected:
      return "protected";
    case Brake::unconfirmed:
      return "unconfirmed";
    case Brake::flap_guard:
      return "flap_guard";
    case Brake::adoption:
      return "adoption";
    case Brake::many_missing:
      return "many_missing";
    case Brake::shadow:
      return "shadow";
  }
  return "unknown";
}

}  // namespace edgeherd::decide
