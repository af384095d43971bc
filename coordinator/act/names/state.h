// What the loop of the names knows from turn to turn. The inside of names.h: names.cc, and
// pace.cc for when it reads, lost.cc for names that nobody has any more. Thread: the
// loop's.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/core/backoff.h"
#include "common/core/protection.h"
#include "coordinator/act/core/core.h"
#include "coordinator/act/names/apart.h"
#include "coordinator/act/names/names.h"
#include "coordinator/act/names/wanted.h"

namespace edgeherd::act {

inline constexpr Duration name_write_gap = 1s;          // between two writes
inline constexpr std::size_t most_names_at_once = 100;  // nodes' own names that one write changes

extern const Protection names_kept;  // what a write rests on is durable first

using NameAnswers = std::map<NameKey, NameAnswer>;
using Sets = std::map<NameKey, NameSet>;

struct Names::State : std::enable_shared_from_this<State> {
  State(Core& c, DnsProvider& d) : core(c), dns(d) {}

  // Two loops take turns, one request at a time: that of the names in use (due, doing, backoff,
  // apart, last) and that of the lost ones (lost_*). A request of either sets busy and a new round;
  // its answer, or its deadline, ends both.
  Core& core;
  DnsProvider& dns;
  bool busy = false;
  bool again = false;       // asked to hurry while busy
  std::uint64_t round = 0;  // answers of an earlier round are ignored
  MonoTime due{};
  MonoTime wrote_at{};
  TimerId deadline = TimerId::none;
  Backoff backoff{1s, 1min};
  NamesStatus status;
  std::shared_ptr<const NameAnswers> made;  // of `made_of`
  std::uint64_t made_of = 0;
  enum class Doing { reading, writing };
  Doing doing = Doing::reading;     // while busy with names in use
  std::string write_failure;        // of the newest write, while something is to be written
  NamesApart apart;                 // what the next write is to have
  std::map<NameKey, Error> unread;  // of the last reading: what stands in the way of one name alone
  std::vector<NameKey> asked;       // of the read under way
  std::optional<Sets> last;         // what was read last; none after a failure
  MonoTime read_at{};               // then
  std::map<NameKey, std::set<std::string>> given;  // addresses that we gave
  Sets seen;                                       // what was answered last
  MonoTime lost_due{};
  std::optional<MonoTime> lost_read_at;
  std::map<NameKey, MonoTime> lost_since;
  std::vector<NameKey> lost_asked;                         // what the request under way is about
  bool lost_told = false;                                  // that a lost name cannot be cleaned
  std::set<std::pair<NameKey, std::string>> foreign_told;  // that it is taken out

  // What the names are to answer; made once of each state of fleet and policy.
  [[nodiscard]] std::shared_ptr<const NameAnswers> wanted();
  void remember(const NameSet& set, const std::set<std::string>& now);
  [[nodiscard]] std::vector<NameKey> lost_names(const NameAnswers& all) const;
  void note_lost(const std::vector<NameKey>& lost);
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
  void cleaned(const std::vector<NameKey>& names);
  // pace.cc
  [[nodiscard]] Duration pause() const;
  [[nodiscard]] bool is_old(std::optional<MonoTime> at) const;
  [[nodiscard]] bool is_awaited() const;
  [[nodiscard]] bool worth_reading();
  [[nodiscard]] bool worth_reading(const std::vector<NameKey>& lost) const;
  void look();
  void read_lost();
  void have_read_lost(const Result<std::vector<NameSet>>& answer);
  void clean_lost(std::vector<NameSet> changed);
  void lost_done(const Status& answer);
  void read();
  void have_read(const Result<std::vector<NameSet>>& answer);
  void tell(const NameAnswers& all, const Sets& is);
  void tell_failures(const NameAnswers& all);
  [[nodiscard]] std::string failure() const;
  // What a name should have next, beside what it has now.
  struct Next {
    const NameAnswer* answer;
    const NameSet* now;
    NameSet set;
  };
  [[nodiscard]] std::vector<Next> next_sets(const NameAnswers& all, const Sets& is) const;
  [[nodiscard]] std::vector<Change> to_change(std::vector<Next> sets) const;
  void write(std::vector<Change> changes);
  void tell_foreign(const NameSet& wanted);
  void written(const Status& answer);
  void failed(const Error& error);
  void idle(MonoTime next);
  void arm_deadline();
  [[nodiscard]] bool is_listed(const model::ZonePolicy& zone) const;
  [[nodiscard]] std::set<ZoneId> frozen() const;
  // Runs `work` if nothing newer has begun since.
  template <class Work>
  auto this_round(Work work) {
    return [self = weak_from_this(), at = round, work](const auto& answer) {
      const auto state = self.lock();
      if (state && state->round == at) work(*state, answer);
    };
  }
};

}  // namespace edgeherd::act
