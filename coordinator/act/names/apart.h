// Which names are written together. One that the service refuses must not hold up the others: a
// write that was refused is tried again in halves, down to single names, and one that is refused by
// itself is tried again by itself, with a back-off of its own. Where many are refused one after the
// other it is no name's fault, but the service's.
//
// Value. Thread: the loop's.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/core/backoff.h"
#include "coordinator/act/seams/dns_provider.h"

namespace edgeherd::act {

// What is to be written, and for which zones.
struct Change {
  NameSet set;
  std::vector<ZoneId> zones;
};

class NamesApart {
 public:
  struct Refused {
    Error error;  // the newest
    MonoTime again_at{};
    Backoff backoff{1s, 1min};
  };

  // Of all that is to be written, what one write is to have; empty: what is left waits. May be
  // asked again before that is written: the newest answer is what written() and refused() are
  // about.
  [[nodiscard]] std::vector<Change> next(std::vector<Change> changes, MonoTime now);
  // Whether next() would have something.
  [[nodiscard]] bool is_due(const std::vector<Change>& changes, MonoTime now) const;

  // What became of the write of what next() had.
  void written();
  enum class Fault { names, service };
  [[nodiscard]] Fault refused(const Error& error, MonoTime now, Random& random);

  // By themselves, while they are to be written.
  [[nodiscard]] const std::map<NameKey, Refused>& refused() const { return refused_; }

 private:
  using Keys = std::set<NameKey>;
  std::vector<Change> take(std::vector<Change> changes);

  std::map<NameKey, Refused> refused_;
  std::vector<Keys> doubtful_;  // parts of writes that were refused; the newest last
  bool of_doubtful_ = false;    // what is under way
  std::vector<NameKey> under_way_;
  Keys in_a_row_;  // refused by themselves since the last success
};

}  // namespace edgeherd::act
