// LostNames: names that nobody has any more, since the configuration has lost them, or their node has
// left the fleet.
//
// They are read now and then, until none of the addresses that we gave them is left there. Those of
// servers in service stay for lost_kept, those of zones that are not active for as long as these
// serve. Apart from the names in use: one that lies outside of the service's reach must not stop
// those. Thread: the loop's. Owner: Names; what its constructor is given outlives it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coordinator/act/names/book.h"
#include "coordinator/act/names/request.h"

namespace edgeherd::act {

class LostNames {
 public:
  LostNames(Core& core, DnsProvider& dns, NameBook& book, DnsRequest& request)
      : core_(core), dns_(dns), book_(book), request_(request) {}

  // Each tick while no request is under way. `next_look`: when what is wanted is looked at next.
  void tick(MonoTime next_look);
  [[nodiscard]] std::uint64_t writes() const { return writes_; }

  // Between tries to clean one that failed.
  static constexpr Duration period = 1min;
  // So long a name that the configuration has lost keeps the servers in service: the loss may be a
  // slip, and viewers who still ask for the old name of a renamed zone come by it.
  static constexpr Duration kept = 1h;

 private:
  // Addresses that stay in a lost name until their servers have left.
  struct Needed {
    std::set<std::string> lately;  // while it is not lost for long: of all servers in service
    std::set<std::string> later;   // of those in a zone that is not active: its file may be lost
    // Both have all of a zone of which nothing is changed now.
  };
  [[nodiscard]] Needed still_needed() const;
  [[nodiscard]] const std::set<std::string>& needed_in(const NameKey& lost,
                                                       const Needed& needed) const;
  [[nodiscard]] bool may_clean() const;
  [[nodiscard]] bool worth_reading(const std::vector<NameKey>& lost) const;
  void note_lost(const std::vector<NameKey>& lost);
  void read(std::vector<NameKey> names);
  void have_read(const Result<std::vector<NameSet>>& answer);
  void clean(std::vector<NameSet> changed);
  void cleaned(const std::vector<NameKey>& names);
  void done(const Status& answer);

  Core& core_;
  DnsProvider& dns_;
  NameBook& book_;
  DnsRequest& request_;
  MonoTime due_{};
  std::optional<MonoTime> read_at_;
  std::map<NameKey, MonoTime> since_;  // each is lost
  std::vector<NameKey> asked_;         // what the request under way is about
  std::uint64_t writes_ = 0;
  bool told_ = false;  // that a lost name cannot be cleaned
};

}  // namespace edgeherd::act
