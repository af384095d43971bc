// The two receiving sides that the gateway benchmark compares.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/result.h"
#include "common/net/curve_key.h"

namespace edgeherd::bench {

class Receiver {
 public:
  virtual ~Receiver() = default;
  [[nodiscard]] virtual std::string endpoint() const = 0;
  // Receives until `done` says so, which is asked about every `period`.
  virtual void run(const std::function<bool()>& done, Duration period) = 0;
  [[nodiscard]] virtual std::uint64_t messages() const = 0;
  [[nodiscard]] virtual double slowest_tick_ms() const = 0;
};

// A ROUTER with CURVE, ZAP and the gateway's own socket options that throws its messages away.
std::unique_ptr<Receiver> make_bare_receiver(const net::CurveKeyPair& keys,
                                             const std::vector<net::CurveKeyPair>& agents);

// The coordinator's loop with all that a sample sets in motion: the gateway's checks, decoding, the
// fold into the fleet, and a decision tick each second. The budget per peer is not what this
// measures and is set out of reach; it is asked all the same.
std::unique_ptr<Receiver> make_gateway_receiver(const net::CurveKeyPair& keys,
                                                const std::vector<net::CurveKeyPair>& agents);

// Ends the program with the error's message, if it is one.
void check(const Status& status);
template <class T>
T take(Result<T> result) {
  if (!result.ok()) check(result.error());
  return std::move(*result);
}

}  // namespace edgeherd::bench
