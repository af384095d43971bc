// CoordinatorLinks: the real connections of a session: for each coordinator one to its fleet port
// and, only while there is something to enrol, one to its enroll port.
//
// Both open at the first message: the fleet port does not admit a key that is not enrolled, and to
// knock there too early would only make the next knock late. The enroll port, whose places are few,
// is left soon after the last word. Reconnecting, with its jitter, is DealerLink's.
// Thread: the loop's. Owner: the app; context, loop, random and session outlive it or are destroyed
// after it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/core/message_link.h"
#include "common/core/random.h"
#include "common/core/result.h"
#include "common/net/context.h"
#include "common/net/curve_key.h"

namespace edgeherd::os {
class AsioLoop;
}

namespace edgeherd::link {

struct CoordinatorAddress {
  std::string name;             // for pages and logs
  std::string fleet_endpoint;   // "tcp://203.0.113.7:9400"
  std::string enroll_endpoint;  // empty: this key is known there already
  std::string public_key;       // Z85
};

class OnDemandLink;

class CoordinatorLinks {
 public:
  // `invalid` names the address that is wrong; nothing is connected yet.
  [[nodiscard]] static Result<std::unique_ptr<CoordinatorLinks>> make(
      net::Context& context, os::AsioLoop& loop, Random& random, const net::CurveKeyPair& keys,
      const std::vector<CoordinatorAddress>& coordinators);
  ~CoordinatorLinks();
  CoordinatorLinks(const CoordinatorLinks&) = delete;
  CoordinatorLinks& operator=(const CoordinatorLinks&) = delete;

  // In the order of the addresses. enroll() is null without an enroll endpoint.
  [[nodiscard]] std::size_t size() const { return pairs_.size(); }
  [[nodiscard]] const std::string& name(std::size_t index) const { return pairs_[index].name; }
  [[nodiscard]] MessageLink& fleet(std::size_t index);
  [[nodiscard]] MessageLink* enroll(std::size_t index);
  // A connection of this coordinator is new. Set once, before the first turn of the loop.
  void on_connected(std::function<void(std::size_t)> handler);

 private:
  struct Pair {
    std::string name;
    std::unique_ptr<OnDemandLink> fleet;
    std::unique_ptr<OnDemandLink> enroll;
  };
  CoordinatorLinks() = default;
  std::vector<Pair> pairs_;
};

}  // namespace edgeherd::link
