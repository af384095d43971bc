// What the names of the DNS are to answer: made of the fleet and the policy alone. Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/act/seams/dns_provider.h"
#include "coordinator/model/fleet.h"
#include "coordinator/model/policy.h"

namespace edgeherd::act {

// One record set of ours.
struct NameAnswer {
  // The addresses of its nodes in service that viewers are sent to (decide/listing.h: sickness of
  // too many at once takes none of them out).
  NameSet wanted;
  int servers_per_weight = 0;       // its weight is made of its servers; 0: it is as it stands
  std::set<ZoneId> zones;           // whose viewers come by it
  const model::Node* of = nullptr;  // the node whose own name it is; null: nodes share it, or it is
                                    // that of a server which is not taken in yet
  bool own = false;                 // one server's, a node's or a stranger's

  // Of the addresses that it answers now, those that stay although no node in service has them:
  // they belong to servers of this fleet that are not taken in yet (strangers, and nodes on their
  // way into service). A lost or an older database must not take a zone off the air. Nothing is
  // ever added for them, and one that the inventory no longer lists goes.
  std::set<std::string> may_stay;
  // The inventory tells no address of such a server: any that nobody else has may be its own.
  bool unknown_may_stay = false;
  // Addresses of servers that nothing proves to be there: the newest complete inventory lacks them,
  // or neither their agent nor their edge port was heard of since this process began, whatever the
  // provider lists (it may list ghosts). And of those whose agents say that their listener is
  // closed, which an older database takes for serving. If it does not answer them yet, it must not
  // begin to: the database may be older than the fleet, and the address somebody else's by now.
  std::set<std::string> unproven;
  // The addresses of all its nodes, whatever their state, with the nodes' zones.
  std::vector<std::pair<std::string, ZoneId>> known;
};

using NameAnswers = std::map<NameKey, NameAnswer>;

// Whether viewers may be sent to a node, sickness aside.
[[nodiscard]] bool may_serve(const model::Node& node);

// One for each name that the policy has, with the nodes' own and those of strangers; `fleet`
// outlives it.
[[nodiscard]] NameAnswers answers(const model::Fleet& fleet, const model::Policy& policy);

// What the record set becomes that answers `now`. Of the zones that are `frozen` (nothing of them
// is to be changed) every address stays as it is, there or not. Nothing: all of its zones are.
[[nodiscard]] std::optional<NameSet> next_set(const NameAnswer& answer, const NameSet& now,
                                              const std::set<ZoneId>& frozen);
// Of what a record set becomes, the addresses of this fleet's servers: others stand there only
// because nothing of theirs is to be changed.
[[nodiscard]] NameSet ours_of(const NameAnswer& answer, NameSet next);
// Whether nothing is to be written.
[[nodiscard]] bool is_same(const NameSet& now, const NameSet& next);

}  // namespace edgeherd::act
