#include <algorithm>

#include "common/core/protection.h"
#include "coordinator/model/fold.h"

namespace edgeherd::model {

namespace {

const Protection settled_only("check", "missing_settled");
const Protection ghosts_destroyed("check", "retired_ghost_destroyed");
const Protection doubles_destroyed("check", "duplicate_destroyed");
const Protection clones_kept_out("check", "clone_kept_out");
const Protection others_left_alone("check", "others_left_alone");

// A server that a creation was answered with is its node's if it carries the node's name: an answer
// may have named another one. What served under a name is known by its id.
bool is_of(const Node& node, const Vm& vm, const std::string& fleet) {
  if (node.origin == Origin::adopted || !is_coming(node) || !own_server.on()) return true;
  return vm.fleet == fleet && (vm.node.empty() || vm.node == node.id);
}

bool is_bare(const Vm* vm) {
  return vm->address.empty() && vm->power != Power::stopped;
}

constexpr int missing_and_told = 3;  // listings: what was destroyed has fallen silent by then

}  // namespace

void Fold::operator()(const InventoryFailed& e) {
  Account& account = fleet_.memory_.accounts[e.provider];
  if (const std::string told = account.trouble.seen(e.error, now_); !told.empty()) {
    note_zone(Severity::warning, "inventory_failed",
              e.provider.str() + ": the inventory failed: " + told, ZoneId());
  }
  account.failure = to_string(e.error);
}

void Fold::operator()(const InventoryListed& e) {
  Account& account = fleet_.memory_.accounts[e.provider];
  account.listed_at = now_;
  account.failure.clear();
  if (const auto lasted = account.trouble.not_seen(now_)) {
    note_zone(
        Severity::info, "inventory_recovered",
        e.provider.str() + ": the inventory is complete again; it failed for " + words_of(*lasted),
        ZoneId());
  }
  account.foreign.clear();
  account.strangers.clear();

  std::map<NodeId, std::vector<const Vm*>> ours;
  std::map<VmId, NodeId> by_vm;
  std::vector<NodeId> known;  // before this listing brings ghosts to light: they are not missing
  for (const auto& [id, node] : fleet_.nodes()) {
    if (node.provider != e.provider) continue;
    known.push_back(id);
    if (!node.vm.empty()) by_vm[node.vm] = id;
  }
  for (const Vm& vm : e.vms) {
    const auto found = by_vm.find(vm.id);
    if (found != by_vm.end() && is_of(*find(found->second), vm, e.fleet)) {
      ours[found->second].push_back(&vm);
    } else if ((vm.fleet != e.fleet || e.fleet.empty()) && others_left_alone.on()) {
      // Whatever else it says of itself: it may well call itself as a node of ours.
      account.foreign.insert(vm.id);
    } else if (find(vm.node) != nullptr && find(vm.node)->provider == e.provider) {
      ours[vm.node].push_back(&vm);
    } else if (ghosts_destroyed.on() && fleet_.memory_.retired.contains(vm.node)) {
      // A creation that we gave up came true after all.
      unwelcome(vm.node, e.provider, zone_of(e.provider, vm), vm,
                "a VM of an abandoned launch appeared");
    } else {
      account.strangers.push_back(vm);
    }
  }
  bool serving = false;
  bool any_listed = false;
  std::size_t bare = 0;
  for (const NodeId& id : known) {
    Node& node = *find(id);
    if (!ours.contains(id)) miss(node);
    if (node.state != NodeState::in_service) continue;
    serving = true;
    const auto listed = ours.find(id);
    if (listed == ours.end()) continue;
    any_listed = true;
    bare += std::ranges::any_of(listed->second, is_bare) ? 1 : 0;
  }
  const bool lists_none = serving && !any_listed;
  if (lists_none && !account.lists_none) {
    note_zone(Severity::alarm, "inventory_lists_none",
              e.provider.str() +
                  ": its complete inventory has none of our servers in service: is it the right "
                  "account? Nothing is launched there until it has one, or they are lost",
              ZoneId());
  }
  account.lists_none = lists_none;
  if (bare > 0 && account.listed_bare == 0) {
    note_zone(Severity::alarm, "addresses_missing",
              e.provider.str() + ": its list tells no address of " + std::to_string(bare) +
                  " of our servers in service, which run: those known last stay in force",
              ZoneId());
  }
  account.listed_bare = static_cast<int>(bare);
  for (const auto& [id, vms] : ours) settle_duplicates(*find(id), vms);
}

// Where a VM of a launch that is forgotten belongs: its zone may be in shadow, or have a name.
ZoneId Fold::zone_of(const ProviderId& provider, const Vm& vm) const {
  if (vm.place.empty()) return {};
  ZoneId falls_back;
  for (const auto& [id, zone] : policy_.zones) {
    if (zone.provider != provider) continue;
    if (zone.place == vm.place) return id;
    if (falls_back.empty() && has_place(zone, vm.place)) falls_back = id;
  }
  return falls_back;
}

// One intent, several VMs: keep the one we know (it enrolled or answered first), else the oldest.
void Fold::settle_duplicates(Node& node, const std::vector<const Vm*>& vms) {
  const Vm* keep = vms.front();
  for (const Vm* vm : vms) {
    const bool known = vm->id == node.vm;
    const bool enrolled = !node.agent.vm_id.empty() && vm->id.str() == node.agent.vm_id;
    const bool kept_known = keep->id == node.vm;
    const bool kept_enrolled = !node.agent.vm_id.empty() && keep->id.str() == node.agent.vm_id;
    if (enrolled != kept_enrolled ? enrolled
        : known != kept_known     ? known
                                  : vm->created < keep->created) {
      keep = vm;
    }
  }
  // A listing may lack a server that serves, and have a clone of it: that one does not take over.
  const bool served = node.state >= NodeState::in_service && node.state < NodeState::terminating;
  const bool a_clone = keep->id != node.vm && keep->id.str() != node.agent.vm_id;
  if (served && a_clone && clones_kept_out.on()) return miss(node);
  const NodeId id = node.id;
  const ProviderId provider = node.provider;
  const ZoneId zone = node.zone;
  see(node, *keep);
  for (const Vm* vm : vms) {
    if (vm != keep && doubles_destroyed.on())
      unwelcome(id, provider, zone, *vm, "a second VM of one launch");
  }
}

// A VM of a journalled intent that nobody wants: a record of its own, on the way to its
// destruction.
void Fold::unwelcome(const NodeId& intent, const ProviderId& provider, const ZoneId& zone,
                     const Vm& vm, const std::string& why) {
  const NodeId id = double_of(intent, vm.id);
  if (find(id) != nullptr) return;
  Node node;
  node.id = id;
  node.zone = zone;
  node.provider = provider;
  node.requested_at = now_;
  node.cause = Cause::duplicate;
  node.cause_text = why;
  node.vm = vm.id;
  node.address = vm.address;
  node.listed_at = now_;
  node.state = NodeState::terminating;
  node.state_since = now_;
  Node& placed = fleet_.memory_.nodes.put(std::move(node));
  touch(placed);
  note(Severity::warning, "unwelcome_vm", why + ": VM " + vm.id.str() + " is destroyed", placed);
}

void Fold::see(Node& node, const Vm& vm) {
  node.listed_at = now_;
  node.missing_listings = 0;
  if (node.power != vm.power) {
    if (node.power == Power::stopped) node.powered_on_at = now_;
    node.power = vm.power;
    if (vm.power == Power::stopped && node.state == NodeState::in_service) {
      note(Severity::warning, "vm_stopped",
           "the provider says that VM " + vm.id.str() + " is stopped", node);
    }
  }
  // A server that runs has the address that was told last, whatever a list leaves out; and one runs
  // that speaks, or answers, whatever a list says.
  const bool runs = vm.power != Power::stopped || speaks(node) || node.edge_probe.good;
  const bool untold = node.vm == vm.id && vm.address.empty() && runs;
  const std::string address = untold ? node.address : vm.address;
  const std::string& told = vm.private_address.empty() ? address : vm.private_address;
  const std::string within = untold && vm.private_address.empty() ? node.private_address : told;
  const bool changed =
      node.vm != vm.id || node.address != address || node.private_address != within;
  const bool reachable_now = node.address.empty() && !address.empty();
  // What was asked elsewhere tells nothing of here.
  if (node.vm != vm.id || node.address != address) node.health_probe = node.edge_probe = {};
  if (node.vm != vm.id) node.known_since = now_;
  if (node.vm != vm.id || !address.empty()) node.address_before.clear();
  if (node.vm == vm.id && address.empty() && !node.address.empty())
    node.address_before = node.address;
  // That names do not give another address says nothing of this one.
  if (node.address != address && !address.empty()) node.leaving.name_gone_at.reset();
  node.vm = vm.id;
  node.address = address;
  node.private_address = within;
  if (changed) touch(node);
  if (node.state == NodeState::requested) {
    taken_in(node);
    enter(node, NodeState::booting);
  } else if (node.state == NodeState::verifying && reachable_now) {
    // It enrolled before its account named its address: only from here on can it be probed.
    enter(node, NodeState::verifying);
  }
}

bool Fold::speaks(const Node& node) const {
  const auto& heard = node.agent.heard_at;
  return heard && now_ - *heard <= policy_.timings.agent_away;
}

// A list that lags behind a creation says nothing of the new server, however long the answer took.
void Fold::miss(Node& node) {
  const MonoTime known = node.known_since.value_or(node.state_since);
  const bool settled = now_ - known >= policy_.timings.create_settle;
  if (is_coming(node) && !settled && settled_only.on()) return;
  ++node.missing_listings;
  const bool told = node.missing_listings == missing_and_told;
  if (node.state == NodeState::terminating && told && speaks(node)) {
    note(Severity::alarm, "gone_but_speaks",
         "the provider no longer lists VM " + node.vm.str() +
             ", but its agent speaks: is it the right account? It is ours until it is silent",
         node);
  }
}

}  // namespace edgeherd::model
