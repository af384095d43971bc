// SimArchive: the simulated twin of LogArchive, in memory and in virtual time, with faults on
// order.
//
// It keeps the contract of the real ones: grants are single PUTs with the body's hashes and an
// expiry, an existing object is not replaced by a granted `forbid`, verify() looks at what is
// there. Thread: the loop's. The loop outlives the archive.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/archive/archive.h"
#include "common/core/event_loop.h"

namespace edgeherd::archive {

class SimArchive final : public LogArchive {
 public:
  enum class Reach {
    up,
    away,    // refuses connections: `unavailable`
    silent,  // answers nothing: `timeout` after `deadline`
  };
  // What becomes of a PUT that was granted and is whole.
  enum class PutFault {
    none,
    torn,         // the first half is kept, the answer is 200
    altered,      // as many other bytes are kept, the answer is 200
    lost,         // nothing is kept, the answer is 200
    lost_answer,  // kept, but the answer never comes
    full,         // nothing is kept, the answer is 507
    slow_down,    // nothing is kept, the answer is 503
  };
  using PutDone = std::function<void(Result<int>)>;  // the HTTP status

  SimArchive(EventLoop& loop, std::string prefix);
  ~SimArchive() override;

  Result<Grant> grant_put(const PutSpec& spec, WallTime now) override;
  void verify(std::string key, Expected expected, VerifyDone done) override;
  void read(std::string key, std::size_t limit, ReadDone done) override;
  void list(std::string key_prefix, ListDone done) override;
  void check(CheckDone done) override;

  // What a node does with a grant. `done` as with http::Client.
  void put(const Grant& grant, std::string body, PutDone done);

  // Faults, from now on.
  void set_reach(Reach reach);
  void set_latency(Duration latency);
  void set_deadline(Duration deadline);
  // The store's clock less ours; more than 15 minutes is refused, as S3 does.
  void set_clock_offset(Duration offset);
  // The next `count` PUTs, after those that were asked for before.
  void fail_puts(PutFault fault, int count);
  // How verify() may know: checksum, etag or read.
  void set_evidence(Evidence evidence);
  // As if a disk had done it. False when there is no such object.
  bool corrupt(const std::string& key);
  bool remove(const std::string& key);
  // What read() gives instead of what lies there.
  void alter_reads(std::function<std::string(const std::string& key, const std::string& body)> how);

  [[nodiscard]] const std::map<std::string, std::string>& objects() const;
  [[nodiscard]] std::uint64_t puts() const;  // answered with 200

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::archive
