// GatewayCore: what the gateway does with bytes, without the sockets, so that the simulator drives
// it.
//
// A peer is his CURVE key, which the transport vouches for; a routing id is only where his answers
// go. The newest connection on which a key said HELLO is the one: words from an older one are
// dropped. What is dropped is counted by reason and never reaches the sink. Thread: the loop's.
// Owner: the Gateway, or a simulation; clock, sink and transport outlive it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/core/bookmark.h"
#include "common/core/clock.h"
#include "common/core/ids.h"
#include "common/core/key_index.h"
#include "common/core/prefetch.h"
#include "common/core/result.h"
#include "common/core/token_bucket.h"
#include "common/net/incoming.h"
#include "common/wire/codec.h"
#include "common/wire/messages.h"
#include "coordinator/observe/stranger_budgets.h"

namespace edgeherd::observe {

enum class Port { fleet, enroll };
[[nodiscard]] std::string_view to_string(Port port);

// Who acts on what the agents say: the desk (coordinator/desk). A call may send(), admit() and
// revoke().
class GatewaySink {
 public:
  virtual ~GatewaySink() = default;
  // The gateway keeps a bookmark with each admitted key, for the sink alone to read and write.
  //
  // A hint that a message of this agent comes soon, or next: what is known of it may be fetched
  // (prefetch.h).
  virtual void expect(const AgentKey& agent, Bookmark& mark, Nearness nearness) = 0;
  // The first message of a connection; answer with HELLO_REPLY.
  virtual void on_hello(const AgentKey& agent, const wire::Hello& hello) = 0;
  // The sample is the sink's to take.
  virtual void on_sample(const AgentKey& agent, Bookmark& mark, wire::Sample&& sample) = 0;
  virtual void on_event(const AgentKey& agent, const wire::Event& event) = 0;
  virtual void on_command_status(const AgentKey& agent, const wire::CommandStatus& status) = 0;
  virtual void on_upload_request(const AgentKey& agent, const wire::UploadRequest& request) = 0;
  virtual void on_upload_done(const AgentKey& agent, const wire::UploadDone& done) = 0;
  // `answer` is sent to the agent as it is, at once or once the binding is durable; when it
  // accepts, the sink has called admit() before. It may be dropped (the agent asks again), and does
  // nothing when the core is gone.
  using EnrollAnswer = std::function<void(const wire::EnrollReply&)>;
  virtual void on_enroll(const AgentKey& agent, const wire::Enroll& enroll,
                         EnrollAnswer answer) = 0;
};

// How bytes get out.
class GatewayTransport {
 public:
  virtual ~GatewayTransport() = default;
  // `not_found` when that connection is gone, `exhausted` when its queue is full.
  virtual Status send(Port port, std::string_view routing_id, std::string_view bytes) = 0;
};

// Why a message went no further. The names are labels of /metrics.
enum class Drop : std::uint8_t {
  not_admitted,  // the key is not, or no longer, enrolled
  no_user,       // the transport vouches for nobody
  oversize,
  rate,              // over the key's, or the enroll port's, budget
  malformed,         // not a message, or a field is wrong
  unknown,           // a type or version that we do not speak
  wrong_port,        // ENROLL on the fleet port, anything else on the other
  wrong_direction,   // what only a coordinator says
  before_hello,      // on a connection that has not said HELLO
  stale_connection,  // from a connection that a newer one has replaced
};
inline constexpr std::size_t drop_reasons = 10;
[[nodiscard]] std::string_view to_string(Drop reason);

struct GatewayLimits {
  // An agent says about 1.2 messages a second, and a few hundred at once after a long absence.
  double messages_per_second = 20;
  double message_burst = 400;
  double enrolments_per_second = 100;
  double enrolment_burst = 1000;
  // On the enroll port, of one key: nobody needs more, and everybody can make keys.
  double key_enrolments_per_second = 1;
  double key_enrolment_burst = 5;
};

struct GatewayCounters {
  std::array<std::uint64_t, drop_reasons> dropped{};
  std::array<std::uint64_t, std::variant_size_v<wire::Message>> received{};  // by type, less 1
  std::uint64_t sent = 0;
  std::uint64_t send_failures = 0;
  std::uint64_t replaced = 0;  // connections that a newer one of the same key replaced
  std::string last_drop;       // of the newest malformed or unknown message: which key, and what
};

class GatewayCore {
 public:
  GatewayCore(const Clock& clock, GatewaySink& sink, GatewayTransport& transport,
              GatewayLimits limits);

  // Enrolled keys; until admitted, and once revoked, a key's messages are dropped. Both are
  // idempotent.
  void admit(const AgentKey& agent);
  void revoke(const AgentKey& agent);

  // Messages in the order in which they came in; a user may be empty: nobody vouched for him.
  void receive(Port port, std::span<const net::Incoming> messages);
  void receive(Port port, std::string_view routing_id, std::string_view user,
               std::string_view bytes) {
    const net::Incoming one{routing_id, user, bytes};
    receive(port, std::span(&one, 1));
  }

  // To the connection on which this agent said HELLO last. `not_found` when there is none, or it is
  // gone; `exhausted` when the agent does not read.
  Status send(const AgentKey& agent, const wire::Message& message);

  // Whether the agent has said HELLO on a connection that we do not know to be gone. TCP may take
  // its time to notice, so this is no witness of anything.
  [[nodiscard]] bool greeted(const AgentKey& agent) const;
  [[nodiscard]] std::size_t greeted_count() const;
  [[nodiscard]] const GatewayCounters& counters() const { return counters_; }

 private:
  struct Peer {
    TokenBucket budget;
    std::string routing_id;  // empty: has not said HELLO
    bool revoked = false;    // while messages are being served
    Bookmark mark;           // the sink's
  };
  using Peers = std::unordered_map<AgentKey, Peer>;

  void receive_fleet(std::span<const net::Incoming> messages);
  void expect(Peers::value_type* peer, Nearness nearness);
  void hear(Peers::value_type* peer, const net::Incoming& incoming);
  void receive_enroll(const net::Incoming& incoming);
  void serve(Peers::value_type& peer, std::string_view routing_id, wire::Message& message);
  void forget_revoked();
  void forget(Peers::iterator peer);
  void greet(Peers::value_type& peer, std::string_view routing_id, const wire::Hello& hello);
  void echo(const Peer& peer, const wire::Heartbeat& heartbeat);
  [[nodiscard]] Result<wire::Message> read(std::string_view user, std::string_view bytes);
  Status transmit(Port port, std::string_view routing_id, const wire::Message& message);
  void drop(Drop reason) { ++counters_.dropped[static_cast<std::size_t>(reason)]; }

  const Clock& clock_;
  GatewaySink& sink_;
  GatewayTransport& transport_;
  GatewayLimits limits_;
  StrangerBudgets strangers_;
  TokenBucket enrolments_;  // of all together
  Peers peers_;
  KeyIndex<Peers::value_type> by_key_;  // of peers_
  bool serving_ = false;
  std::vector<AgentKey> revoked_;  // while serving
  std::string buffer_;
  GatewayCounters counters_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();  // gone with the core
};

}  // namespace edgeherd::observe
