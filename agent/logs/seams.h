// What the shipping of logs asks of the world beyond files and time. Each has a real twin
// (process_hooks.h, proc_holders.h, agent/link/http_uploader.h) and a simulated one in the tests.
//
// Thread: the loop's. Every `done` is called exactly once, on the loop, never inline; not at all
// when the seam's object is destroyed first.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/core/clock.h"
#include "common/core/result.h"

namespace edgeherd::logs {

// Runs a configured argument vector: never a shell, never text from the wire.
class HookRunner {
 public:
  virtual ~HookRunner() = default;
  // `refused`: it ran and its exit status was not 0 (the message has it and the last of its
  // stderr). `not_found`, `invalid`: it could not be started. `timeout`: killed after `limit`.
  virtual void run(const std::vector<std::string>& argv, Duration limit,
                   std::function<void(Status)> done) = 0;
};

enum class Holders {
  none,  // no process but this one holds the file open for writing
  some,
  unknown,  // a process could not be looked into
};

// Who holds a file open for writing?
class HolderProbe {
 public:
  virtual ~HolderProbe() = default;
  virtual void probe(std::uint64_t device, std::uint64_t inode,
                     std::function<void(Holders)> done) = 0;
};

struct PutRequest {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;  // sent exactly so
  std::string body;
  Duration deadline{};
};

// PUTs one object to the address that the coordinator signed.
class Uploader {
 public:
  virtual ~Uploader() = default;
  // The HTTP status of the answer; errors as in common/http/client.h.
  virtual void put(PutRequest request, std::function<void(Result<int>)> done) = 0;
};

}  // namespace edgeherd::logs
