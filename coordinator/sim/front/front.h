// Front: a cloud's real API before a simulated account: its requests, answers and rate limits.
//
// The coordinator of a simulated world then uses the provider that the program would use, on
// virtual time, down to each page of a list; what is simulated is the cloud alone. Thread: the
// loop's. Owner: the world; the account outlives it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/http/transport.h"
#include "coordinator/act/seams/provider.h"
#include "coordinator/sim/sim_provider.h"

namespace edgeherd::sim {

inline constexpr const char* simulated_fleet = "simulated";  // the fleet's id in every world

// Requests to one API, as the cloud counts them.
class Meter {
 public:
  void count(MonoTime now);
  void refuse() { ++refused_; }

  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }  // for their rate
  // With the newest one.
  [[nodiscard]] std::size_t last_minute() const;
  [[nodiscard]] std::size_t last_hour() const { return newest_.size(); }
  // The moment at which the oldest one of the last hour is forgotten.
  [[nodiscard]] MonoTime next_forgotten() const;
  [[nodiscard]] std::size_t most_in_minute() const { return most_in_minute_; }
  [[nodiscard]] std::size_t most_in_hour() const { return most_in_hour_; }

 private:
  std::deque<MonoTime> newest_;  // of the last hour
  std::uint64_t requests_ = 0;
  std::uint64_t refused_ = 0;
  std::size_t most_in_minute_ = 0;
  std::size_t most_in_hour_ = 0;
};

class Front {
 public:
  virtual ~Front() = default;
  // The account as one coordinator's process sees it, through the provider of its program, which is
  // destroyed before `process` is.
  [[nodiscard]] virtual std::unique_ptr<act::Provider> connect(EventLoop& process) = 0;
  [[nodiscard]] virtual const Meter& meter() const = 0;
};

// Digital Ocean: 250 requests a minute and 5,000 an hour, of whatever kind.
[[nodiscard]] std::unique_ptr<Front> make_digitalocean_front(SimLoop& world, SimProvider& cloud);
// EC2 in these regions: a bucket of tokens for each action in each region, launches by ClientToken.
[[nodiscard]] std::unique_ptr<Front> make_ec2_front(SimLoop& world, SimProvider& cloud,
                                                    std::vector<std::string> regions);

// Carries requests to `serve`, each of which is answered once, or in time to be too late: then the
// request has timed out. Nothing is answered once the process is gone.
using Serve = std::function<void(const http::ClientRequest&, std::function<void(http::Response)>)>;
[[nodiscard]] http::Transport within_deadline(EventLoop& process, Serve serve);

}  // namespace edgeherd::sim
