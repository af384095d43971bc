// The zones' names in the DNS: what they should answer, and the loop that makes them answer so.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "coordinator/act/dns_provider.h"
#include "coordinator/act/durable.h"
#include "coordinator/model/fleet.h"
#include "coordinator/model/policy.h"

namespace edgeherd::act {

// One NameSet for each name of the policy: the addresses of its nodes in service that viewers are
// sent to (decide/listing.h: sickness of too many at once takes none of them out). Pure.
[[nodiscard]] std::vector<NameSet> wanted_names(const model::Fleet& fleet,
                                                const model::Policy& policy);

// Of the addresses that a name answers now, those that stay although no node in service has them:
// they belong to servers of this fleet that are not taken in yet (strangers, and nodes on their way
// into service). A lost or an older database must not take a zone off the air. Nothing is ever
// added for them, and one that the inventory no longer lists goes. Pure.
[[nodiscard]] std::set<std::string> kept_addresses(const model::Fleet& fleet,
                                                   const model::Policy& policy, const NameSet& now);

// Of the addresses that are wanted, those of servers that nothing proves to be there: the newest
// complete inventory lacks them, or neither their agent nor their edge port was heard of since this
// process began, whatever the provider lists (it may list ghosts). A name that does not answer them
// yet must not begin to: the database may be older than the fleet, and the address somebody else's
// by now. Pure.
[[nodiscard]] std::set<std::string> unproven_addresses(const model::Fleet& fleet,
                                                       const model::Policy& policy,
                                                       const std::string& name);

class Core;

struct NamesStatus {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t failures = 0;
  std::string last_failure;  // empty after a success
};

// Reads the names back, writes them when they differ; one request at a time, with a back-off after
// failures. What was read becomes NamesRead, what could not be read NamesFailed. Thread: the
// loop's.
class Names {
 public:
  // `dns` and `core` outlive it.
  Names(Core& core, DnsProvider& dns);
  ~Names();

  // A row of the store, at the start.
  void restore(GivenName given);

  // Each tick: reads back when that is due, and writes what differs. Names that the configuration
  // has lost are read now and then, until none of the addresses that we gave them is left there.
  void tick();
  // What is wanted has changed: the next tick need not wait for its turn.
  void hurry();
  [[nodiscard]] NamesStatus status() const;

  static constexpr Duration read_period = 3s;
  static constexpr Duration answer_deadline = 30s;
  static constexpr Duration lost_period = 1min;  // between tries to clean a lost name that failed

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::act
