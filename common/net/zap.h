// Who may connect: the ZAP handler (ZeroMQ RFC 27) on a thread of its own.
//
// Two domains. `fleet` admits the keys of an AdmittedKeys set and nobody else; `enroll` admits any
// key, at a bounded rate. The User-Id of whoever gets in is his public key in Z85.
// It fails closed: a RouterSocket cannot be made without a handler that runs, it asks libzmq to
// refuse handshakes when the handler is gone, and it drops any message without a User-Id.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "common/core/result.h"
#include "common/net/context.h"

namespace edgeherd::net {

inline constexpr std::string_view fleet_domain = "fleet";
inline constexpr std::string_view enroll_domain = "enroll";

// The keys that the fleet port admits. Thread: any; the loop changes it, the handler asks it.
class AdmittedKeys {
 public:
  void add(const AgentKey& key);
  // Newcomers with this key are refused from now on; who is connected stays so.
  void remove(const AgentKey& key);
  [[nodiscard]] bool contains(const AgentKey& key) const;
  [[nodiscard]] std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_set<AgentKey> keys_;
};

// Handshakes on the enroll port.
struct EnrollRate {
  double per_second = 100;
  double burst = 400;
  // Of one address, so that one stranger cannot use up everybody's.
  double address_per_second = 2;
  double address_burst = 20;
};

struct ZapCounters {
  std::atomic<std::uint64_t> admitted{0};
  std::atomic<std::uint64_t> refused_key{0};  // not enrolled
  std::atomic<std::uint64_t> refused_rate{0};
  std::atomic<std::uint64_t> refused_other{0};  // another mechanism, domain or form
};

class ZapHandler {
 public:
  // Bound before this returns. `conflict` when the context has a handler already.
  // `keys` and `clock` outlive the handler.
  [[nodiscard]] static Result<std::unique_ptr<ZapHandler>> start(Context& context,
                                                                 const AdmittedKeys& keys,
                                                                 const Clock& clock,
                                                                 EnrollRate rate);
  ~ZapHandler();
  ZapHandler(const ZapHandler&) = delete;
  ZapHandler& operator=(const ZapHandler&) = delete;

  // Ends the thread; from here newcomers are refused on every port. Called by the destructor.
  void stop();
  // False when the thread has ended, for whatever reason.
  [[nodiscard]] bool alive() const { return alive_; }
  [[nodiscard]] const ZapCounters& counters() const { return counters_; }

 private:
  class Thread;
  explicit ZapHandler(Context& context) : context_(context) {}

  Context& context_;
  std::atomic<bool> alive_{false};
  ZapCounters counters_;
  std::thread thread_;
};

}  // namespace edgeherd::net
