// Names and logs: the DNS service and the archive.
#include "coordinator/sim/world/faults.h"

namespace edgeherd::sim {

namespace {

constexpr Duration dns_lag_unit = 60s;
constexpr Duration archive_skew = 20min;  // S3 refuses more than 15
constexpr int spoiled_puts = 20;

// Somebody edits a name by hand: an address is gone, or one is there that is nobody's.
void meddle(World& world, const Fault& fault) {
  const std::string name = dns_name_of(struck_zone(world, fault).id);
  act::NameSet set{name, world.dns.addresses(name), dns_ttl};
  if (fault.pick % 2 == 0 && !set.addresses.empty()) {
    set.addresses.erase(set.addresses.begin());
  } else {
    set.addresses.insert("203.0.113.7");
  }
  world.dns.set(set);
  world.meddled[act::NameKey(name)] = world.loop.clock().mono();
}

// Somebody deletes a stored object of a server in service.
void forget_object(World& world, const Fault& fault) {
  const act::Controller* controller = world.controller();
  if (controller == nullptr) return;
  std::vector<std::string> keys;
  for (const auto& [key, body] : world.archive.objects()) {
    if (!key.ends_with(".log.gz")) continue;
    for (const auto& [id, node] : controller->fleet().nodes()) {
      const bool serves = node.state == model::NodeState::in_service;
      if (serves && key.find("/" + id.str() + "/") != std::string::npos) keys.push_back(key);
    }
  }
  if (keys.empty()) return;
  const std::string key = keys[fault.pick % keys.size()];
  world.diary.write("... deletes " + key);
  world.taken[key] = world.archive.objects().at(key);
  if (fault.strength >= 0.5) world.out_of_manifests.insert(key);
  (void)world.archive.remove(key);
}

archive::SimArchive::PutFault put_fault(const Fault& fault) {
  using PutFault = archive::SimArchive::PutFault;
  constexpr PutFault kinds[] = {PutFault::torn,        PutFault::altered, PutFault::lost,
                                PutFault::lost_answer, PutFault::full,    PutFault::slow_down};
  return kinds[fault.pick % std::size(kinds)];
}

}  // namespace

Undo begin_service_fault(World& world, const Fault& fault) {
  using Reach = archive::SimArchive::Reach;
  SimDns& dns = world.dns;
  archive::SimArchive& archive = world.archive;
  switch (fault.kind) {
    case FaultKind::dns_reads_fail:
      dns.fail_reads(true);
      return [&dns] { dns.fail_reads(false); };
    case FaultKind::dns_writes_fail:
      dns.fail_writes(true);
      return [&dns] { dns.fail_writes(false); };
    case FaultKind::dns_hangs:
      dns.hang(true);
      return [&dns] { dns.hang(false); };
    case FaultKind::dns_lags:
      dns.set_lag(from_seconds(fault.strength * seconds(dns_lag_unit)));
      return [&dns] { dns.set_lag(Duration{}); };
    case FaultKind::dns_foreign_hand:
      meddle(world, fault);
      return {};
    case FaultKind::archive_away:
      archive.set_reach(Reach::away);
      return [&archive] { archive.set_reach(Reach::up); };
    case FaultKind::archive_silent:
      archive.set_reach(Reach::silent);
      return [&archive] { archive.set_reach(Reach::up); };
    case FaultKind::archive_spoils:
      archive.fail_puts(put_fault(fault), spoiled_puts);
      return {};
    case FaultKind::archive_forgets:
      forget_object(world, fault);
      return {};
    case FaultKind::archive_clock:
      archive.set_clock_offset(archive_skew);
      return [&archive] { archive.set_clock_offset(Duration{}); };
    default:
      return {};
  }
}

}  // namespace edgeherd::sim
