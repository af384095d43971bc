// DnsProvider: the seam to one DNS service. Foreign records are never touched.
//
// Asynchronous: `done` exactly once, on the loop, never inline. Thread: the loop's.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/result.h"

namespace edgeherd::act {

struct NameSet {
  std::string name;                 // "lon1.edge.example.org", no trailing dot
  std::set<std::string> addresses;  // A records; empty: the name does not exist
  Duration ttl{};
};

class DnsProvider {
 public:
  virtual ~DnsProvider() = default;
  // What the names answer now, as the authoritative source has it. Names that do not exist come
  // back empty; a name that could not be read fails the whole call.
  virtual void read(std::vector<std::string> names,
                    std::function<void(Result<std::vector<NameSet>>)> done) = 0;
  // Makes the names answer exactly so, all of them or an error (then read again: some may be
  // changed).
  virtual void write(std::vector<NameSet> wanted, std::function<void(Status)> done) = 0;
};

}  // namespace edgeherd::act
