#include <algorithm>
#include <utility>

#include "common/core/protection.h"
#include "coordinator/model/fold.h"

namespace edgeherd::model {

namespace {

// A cloud may take minutes to end a server, and list it meanwhile.
constexpr Duration destroyed_and_told = 10min;

// Of an archive: its answer says nothing of what it has.
bool could_not_ask(Errc code) {
  return code == Errc::timeout || code == Errc::unavailable || code == Errc::throttled ||
         code == Errc::exhausted;
}

}  // namespace

const Protection own_server("check", "created_server_is_its_own");

void Fold::operator()(const LaunchIntended& e) {
  if (find(e.node) != nullptr) return;
  Node node;
  node.id = e.node;
  node.zone = e.zone;
  node.provider = e.provider;
  node.image = e.image;
  node.image_version = e.image_version;
  node.size = e.size;
  node.place = e.place;
  node.price = e.price;
  node.spilled_for = e.spilled_for;
  node.requested_at = now_;
  node.state_since = now_;
  node.visit = 1;
  Node& placed = fleet_.memory_.nodes.put(std::move(node));
  touch(placed);
  const Launch launch{e.node, e.zone, e.provider, now_, false};
  fleet_.memory_.launches.push_back(launch);
  fleet_.changes_.launches.push_back(launch);
  const Duration kept = std::max(policy_.budgets.launch_window, policy_.budgets.failed_boot_window);
  while (!fleet_.memory_.launches.empty() && now_ - fleet_.memory_.launches.front().at > kept)
    fleet_.memory_.launches.pop_front();
  go(e.zone, Direction::up);
  note(Severity::info, "launch",
       "launching in " + e.zone.str() + ", image " + e.image.str() +
           (e.size.empty() ? "" : ", size " + e.size) +
           (e.spilled_for.empty() ? "" : ", for " + e.spilled_for.str()),
       placed);
}

void Fold::operator()(const CallStarted& e) {
  Node* node = find(e.node);
  if (node == nullptr) return;
  asks_on(*node);
  node->call = e.call;
}

void Fold::operator()(const CreateAnswered& e) {
  Node* node = find(e.node);
  if (node == nullptr) return;  // given up meanwhile: the inventory will show what was made
  node->call = Call::none;
  const std::optional<Error> error = e.vm ? not_its_own(*node, *e.vm) : e.error;
  if (!error) {
    node->call_failure.clear();
    node->call_failed_at.reset();
    // A list that was faster knows more than the answer, which tells of the first moment.
    const bool ours = node->vm == e.vm->id;
    const bool tells_more = ours ? node->address.empty() : is_coming(*node);
    if (node->state == NodeState::requested || tells_more) see(*node, *e.vm);
    if (node->vm == e.vm->id) node->known_since = now_;
    touch(*node);
    return;
  }
  node->call_failure = to_string(*error);
  node->call_failed_at = now_;
  if (node->state != NodeState::requested) return;  // a list was faster, and has told them apart
  if (e.vm) note(Severity::alarm, "server_claimed", error->message, *node);
  // One that was only put off is tried again as an unclear one is: once a list has shown that there
  // is none.
  if (!surely_not_done(error->code) || error->code == Errc::throttled) {
    note(Severity::warning, "create_unclear", "creation unclear: " + node->call_failure, *node);
    return;  // only a complete inventory can tell
  }
  note(Severity::warning, "create_failed", "creation failed: " + node->call_failure, *node);
  turned_away(*node, *error);
  retire(node->id);
}

// What a provider says that it made is destroyed with the node, should it come to that. So it must
// not be another one's.
std::optional<Error> Fold::not_its_own(const Node& node, const Vm& vm) const {
  if (!own_server.on()) return std::nullopt;
  if (!vm.node.empty() && vm.node != node.id) {
    return fail(Errc::broken, "the creation was answered with server " + vm.id.str() +
                                  ", which carries the name of node " + vm.node.str());
  }
  for (const auto& [id, other] : fleet_.nodes()) {
    if (id == node.id || other.provider != node.provider || other.vm != vm.id) continue;
    return fail(Errc::broken, "the creation was answered with server " + vm.id.str() +
                                  ", which is that of node " + id.str());
  }
  const Account& account = fleet_.account(node.provider);
  if (account.foreign.contains(vm.id)) {
    return fail(Errc::broken, "the creation was answered with server " + vm.id.str() +
                                  ", which does not carry the tag of this fleet");
  }
  for (const Vm& stranger : account.strangers) {
    if (stranger.id != vm.id || stranger.node == node.id) continue;
    return fail(Errc::broken, "the creation was answered with server " + vm.id.str() +
                                  ", which was there before, and is not ours to take");
  }
  return std::nullopt;
}

void Fold::operator()(const DestroyAnswered& e) {
  Node* node = find(e.node);
  if (node == nullptr) return;
  node->call = Call::none;
  if (e.error && e.error->code != Errc::not_found) {
    node->call_failure = to_string(*e.error);
    node->call_failed_at = now_;
    const bool refused = surely_not_done(e.error->code) && e.error->code != Errc::throttled;
    node->destroys_refused = refused ? node->destroys_refused + 1 : 0;
    note(Severity::warning, "destroy_failed", "destruction failed: " + node->call_failure, *node);
    return;
  }
  node->call_failure.clear();
  node->call_failed_at.reset();
  node->destroys_refused = 0;
  const std::optional<MonoTime> before = std::exchange(node->destroyed_at, now_);
  node->destroy_not_found = e.error.has_value();
  node->missing_listings = 0;  // only listings after the destruction prove anything
  ++node->destroys_accepted;
  // Once: with the first one that is accepted so late.
  const MonoTime patience = node->state_since + destroyed_and_told;
  if (!before || *before >= patience || now_ < patience) return;
  note(Severity::alarm, "not_destroyed",
       "VM " + node->vm.str() + " was destroyed " + std::to_string(node->destroys_accepted) +
           " times, by its provider's word, which goes on listing it: it may cost and serve",
       *node);
}

// Tries of which nothing came are no tries. One that is unclear may have been done: it is given its
// time, and there are a few at most (decide/leaving.cc).
void Fold::operator()(const RebootAnswered& e) {
  Node* node = find(e.node);
  if (node == nullptr) return;
  asks_on(*node);
  if (!e.late) node->call = Call::none;
  const bool never =
      e.error && (e.error->code == Errc::not_found || e.error->code == Errc::invalid);
  if (e.error && surely_not_done(e.error->code) && !never) {
    node->leaving.reboot_failure = to_string(*e.error);
    node->leaving.reboot_refused_at = now_;
  } else {
    ++node->leaving.reboots;
    node->leaving.rebooted = node->leaving.rebooted || !e.error || never;
    node->leaving.rebooted_at = now_;
  }
  touch(*node);
  if (e.error) {
    note(Severity::warning, "reboot_failed", "reboot failed: " + e.error->message, *node);
  } else {
    note(Severity::warning, "rebooted", "rebooted so that its logs can be stored", *node);
  }
}

void Fold::operator()(const ArchiveChecked& e) {
  Node* node = find(e.node);
  if (node == nullptr) return;
  asks_on(*node);
  if (node->call == Call::check_archive) node->call = Call::none;
  // Of a flushing before this one: it was forgotten and adopted again, or asked anew since.
  if (node->visit != e.visit) return touch(*node);
  node->leaving.archive_checked = !e.error;
  node->leaving.archive_failure = e.error ? e.error->message : std::string();
  if (e.error && could_not_ask(e.error->code)) {
    node->call_failed_at = now_;
    note(Severity::warning, "archive_check_failed",
         "whether its logs are stored could not be asked: " + e.error->message, *node);
  } else if (e.error) {
    node->call_failed_at = now_;
    // Missing or different objects: the agent must ship again, so the command is asked anew.
    node->leaving.command_done = false;
    node->leaving.command_sent_at.reset();
    ++node->visit;
    note(Severity::warning, "archive_check_failed", "stored logs do not match: " + e.error->message,
         *node);
  }
  touch(*node);
}

void Fold::operator()(const ArchiveConfirmed&) {
  FleetMemory& memory = fleet_.memory_;
  const auto before = std::max(memory.started_at, memory.archive_confirmed_at);
  const bool was_away = before && now_ - *before > policy_.timings.flush_deadline / 2;
  if (was_away) memory.archive_back_at = now_;
  memory.archive_confirmed_at = now_;
}

}  // namespace edgeherd::model
