// Prober: asks servers on this box over HTTP, and counts what it asked.
//
// The count matters: nginx counts our probes in its stub_status but logs none of them, and requests
// less probes less logged lines are the lines that were lost (agent/logs/lost_lines.h).
// Thread: the loop's. Owner: the app; it outlives who asks.
#pragma once

#include <cstdint>
#include <string>

#include "common/core/clock.h"
#include "common/http/client.h"

namespace edgeherd::agent {

class Prober {
 public:
  static constexpr std::size_t answer_limit = 256 * 1024;

  virtual ~Prober() = default;

  // One GET with one deadline for all of it. `done` as in http::Client.
  void get(std::string url, Duration deadline, http::Client::Done done) {
    ++sent_;
    send(std::move(url), deadline, std::move(done));
  }

  [[nodiscard]] std::uint64_t sent() const { return sent_; }

 private:
  virtual void send(std::string url, Duration deadline, http::Client::Done done) = 0;

  std::uint64_t sent_ = 0;
};

class HttpProber final : public Prober {
 public:
  explicit HttpProber(http::Client& client) : client_(client) {}

 private:
  void send(std::string url, Duration deadline, http::Client::Done done) override;

  http::Client& client_;
};

}  // namespace edgeherd::agent
