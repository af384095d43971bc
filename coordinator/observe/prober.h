// Prober: the coordinator's own look at every node, independent of what its agent says.
//
// Two questions, each a GET with one deadline: the health page (private address, with the node's
// probe token) and the edge port (as a viewer would ask). How often depends on the node's state and
// on doubt: a node that waits to be put in service is asked every verify_period, since its boot
// takes as much longer as its verification does; one that has answered well for long, and is held,
// is asked once a second. What is bounded: requests under way
// (max_in_flight) and started per second (max_per_second); a fleet too large for them is probed
// less often, evenly, and never in a burst. Nodes being verified share verify_per_second of it:
// hundreds of them at a time are asked once a second each, and starve nobody.
//
// Thread: the loop's. Owner: the app; what the constructor is given outlives the prober, and no
// report is made after its destruction.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/core/event_loop.h"
#include "common/core/random.h"
#include "common/http/client.h"
#include "coordinator/model/fleet.h"

namespace edgeherd::observe {

// How the health page is reached.
enum class PageTransport { http, https };

// How the nodes of one zone are asked.
struct ProbeSettings {
  std::uint16_t health_port = 9180;
  std::uint16_t edge_port = 80;
  std::string edge_path = "/";  // should not be logged, or the log counts probes as viewers
  std::string edge_host;        // the Host header; empty: the node's address
  std::string edge_body;        // text that the answer must hold; empty: any
  PageTransport health = PageTransport::http;  // with https the token never travels in clear
};

struct ProbeCounters {
  std::uint64_t asked = 0;
  std::uint64_t failed = 0;
  std::uint64_t late = 0;  // begun more than one period after their time
};

class Prober {
 public:
  static constexpr std::size_t max_in_flight = 512;
  static constexpr double max_per_second = 1000;
  static constexpr double verify_per_second = 400;
  static constexpr Duration verify_period{150ms};
  static constexpr Duration deadline = 2s;
  static constexpr std::size_t max_answer_bytes = 256 * 1024;

  // http::Client::send, or a test's own.
  using Send = std::function<void(http::ClientRequest, http::Client::Done)>;
  using Report = std::function<void(model::Probed)>;

  Prober(EventLoop& loop, Random& random, std::string enrolment_key, Send send, Report report);
  ~Prober();
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  // Says what is to be probed from now on; meant to be called at each tick. A node whose
  // zone has no settings is not probed. Answers of nodes that are no longer probed are dropped.
  void update(const model::Fleet& fleet, const std::map<ZoneId, ProbeSettings>& settings);

  [[nodiscard]] const ProbeCounters& counters() const;
  [[nodiscard]] std::size_t targets() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// How often a node is asked this now, if all is calm; zero: not at all.
[[nodiscard]] Duration probe_period(const model::Node& node, model::ProbeKind kind);

}  // namespace edgeherd::observe
