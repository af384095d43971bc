// NameBook: what is known of the fleet's names, and which of their addresses are ours. Both parts of
// the loop of the names work from it: that of the names in use (names.cc) and that of the lost ones
// (lost.h).
//
// Thread: the loop's. Owner: Names; what its constructor is given outlives it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/core/protection.h"
#include "coordinator/act/core/core.h"
#include "coordinator/act/core/durable.h"
#include "coordinator/act/names/wanted.h"
#include "coordinator/act/seams/dns_provider.h"

namespace edgeherd::act {

// Between two readings that are waited for, and between two looks at what is wanted; longer from
// some hundred names on.
inline constexpr Duration look_period = 3s;
inline constexpr Duration name_write_gap = 1s;          // between two writes
inline constexpr std::size_t most_names_at_once = 100;  // nodes' own names that one write changes

extern const Protection names_kept;  // what a write rests on is durable first

using NameSets = std::map<NameKey, NameSet>;

class NameBook {
 public:
  NameBook(Core& core, DnsProvider& dns) : core_(core), dns_(dns) {}

  // A row of the store, at the start.
  void restore(GivenName name);

  // What the names are to answer; made once of each state of fleet and policy.
  [[nodiscard]] std::shared_ptr<const NameAnswers> wanted();
  // Those that we gave addresses, and that are not wanted any more, in order.
  [[nodiscard]] std::vector<NameKey> lost(const NameAnswers& all) const;

  [[nodiscard]] bool is_listed(const model::ZonePolicy& zone) const;
  // The zones of which nothing is changed that could be wrong for want of knowledge: those of an
  // account whose servers were never listed, and those of a dry run.
  [[nodiscard]] std::set<ZoneId> frozen() const;
  // Whether what was read then is worth reading again for its age alone.
  [[nodiscard]] bool is_old(std::optional<MonoTime> read_at) const;

  // The addresses that we gave a name, and that may stand there; null: none.
  [[nodiscard]] const std::set<std::string>* given(const NameKey& key) const;
  // `set` is to be written where `now` stands. Before it is: a crash must not forget whose addresses
  // stand there.
  void remember(const NameSet& set, const std::set<std::string>& now);
  // `now` stands there, and what `set` has of it is to stay: it is ours, although nothing may be
  // written. A server that goes meanwhile must not leave its name behind.
  void recognise(const NameSet& set, const std::set<std::string>& now);
  // None of ours stands there any more.
  void forget(const NameKey& key);

  // What a name answered when it was read last; null: not known.
  [[nodiscard]] const NameSet* seen(const NameKey& key) const;
  void saw(const NameSet& set);
  // Of all names in use; what was seen of others goes, but for those that have addresses of ours.
  void saw_in_use(const NameSets& sets);
  void unsee(const NameKey& key) { seen_.erase(key); }

 private:
  [[nodiscard]] bool is_awaited() const;
  void give(const NameKey& key, std::set<std::string> ours);

  Core& core_;
  DnsProvider& dns_;
  std::shared_ptr<const NameAnswers> made_;  // of `made_of_`
  std::uint64_t made_of_ = 0;
  std::map<NameKey, std::set<std::string>> given_;
  NameSets seen_;
};

}  // namespace edgeherd::act
