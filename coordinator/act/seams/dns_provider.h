// DnsProvider: the seam to one DNS service. Foreign records are never touched.
//
// Asynchronous: `done` exactly once, on the loop, never inline. Thread: the loop's.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/result.h"
#include "coordinator/model/dns_names.h"

namespace edgeherd::act {

using model::NameKey;

struct NameSet {
  std::string name;                 // "lon1.edge.example.org", no trailing dot
  std::set<std::string> addresses;  // A records; empty: the name does not exist
  Duration ttl{};
  std::string part = {};                   // as in NameKey
  std::optional<model::Route> route = {};  // of a part
  // Of an answer alone: what keeps this name, and no other, from being read (an alias in its way).
  // What it answers is not known then. `timeout` is no failure: the service has taken a change of it
  // that may not be answered everywhere yet.
  std::optional<Error> unread = {};
};
[[nodiscard]] inline NameKey key_of(const NameSet& set) {
  return {set.name, set.part};
}

// For people: the first few of them.
[[nodiscard]] std::string in_words(const std::vector<NameKey>& names);

// For services: `invalid` for a name that is not in their zone.
[[nodiscard]] Status must_be_in(const std::string& zone, const std::string& name);
// For services whose names have no parts: the names alone, or `invalid`.
[[nodiscard]] Status must_be_plain(const NameKey& key);
[[nodiscard]] Result<std::vector<std::string>> plain_names(const std::vector<NameSet>& sets);

[[nodiscard]] inline bool is_on_its_way(const Error& unread) {
  return unread.code == Errc::timeout;
}

// For services. A name that could not be read.
[[nodiscard]] NameSet unread_name(const NameKey& key, Error why);
// Of what they found: as the answer of read(): where no name could be read, for one cause, it is
// the call that failed. And whether all could be, else the first error.
[[nodiscard]] Result<std::vector<NameSet>> answer_of(std::vector<NameSet> found);
[[nodiscard]] Status all_read(const std::vector<NameSet>& found);

// For services. Of the names that are to be read, those that the service can have at all: one that
// it cannot (it is of another zone) is `unread` by itself. Value.
class FitNames {
 public:
  FitNames(const std::vector<NameKey>& asked, const std::function<Status(const NameKey&)>& fits);
  [[nodiscard]] const std::vector<NameKey>& keys() const { return fit_; }
  [[nodiscard]] std::vector<std::string> names() const;
  // The answer about all that were asked for, in their order, made of that about those that fit.
  [[nodiscard]] Result<std::vector<NameSet>> with(Result<std::vector<NameSet>> found) const;

 private:
  std::vector<NameKey> fit_;
  std::vector<NameSet> answer_;  // those that fit are still empty
};

// How often the names are worth reading; longer where that is dear.
struct ReadPeriods {
  Duration awaited;  // while something rests on what they answer
  Duration quiet;    // else: what somebody else changed is found no later
};

class DnsProvider {
 public:
  virtual ~DnsProvider() = default;
  // What the names answer now, as the authoritative source has it, in their order. Names and parts
  // that do not exist come back empty. What keeps one name alone from being read is its own error
  // (`unread`), anything else that of the call.
  virtual void read(std::vector<NameKey> names,
                    std::function<void(Result<std::vector<NameSet>>)> done) = 0;
  // Makes the names answer exactly so, all of them or an error (then read again: some may be
  // changed). What was taken is done, whenever it is answered: only reading proves that. Where the
  // service would not take it (`invalid`, `refused`, `conflict`, `exhausted`, `not_found`), fewer
  // names at once may do.
  virtual void write(std::vector<NameSet> wanted, std::function<void(Status)> done) = 0;
  // May change with what was read last.
  [[nodiscard]] virtual ReadPeriods read_periods() const = 0;
};

}  // namespace edgeherd::act
