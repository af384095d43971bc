// The loop that makes the names in the DNS answer what they should (wanted.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/act/core/durable.h"
#include "coordinator/act/seams/dns_provider.h"

namespace edgeherd::act {

class Core;

struct NamesStatus {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t failures = 0;
  std::string last_failure;  // "cannot be read: ...", or "cannot be written: ..."; empty: none
};

// Reads the names back, writes them when they differ; one request at a time, with a back-off after
// failures. They are read often while something rests on what they answer, and else as the service
// says (dns_provider.h). What was read becomes NamesRead, what could not be read NamesFailed.
// Thread: the loop's.
class Names {
 public:
  // `dns` and `core` outlive it.
  Names(Core& core, DnsProvider& dns);
  ~Names();

  // A row of the store, at the start.
  void restore(GivenName given);

  // Each tick: reads back when that is worth while, and writes what differs. Names that nobody has
  // any more are cleaned (lost.h).
  void tick();
  // What is wanted has changed: the next tick reads.
  void hurry();
  [[nodiscard]] NamesStatus status() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace edgeherd::act
