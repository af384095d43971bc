// DealerLink: the real MessageLink, a ZeroMQ DEALER with CURVE to one coordinator's port.
//
// It connects by itself, and again after every loss: after 1.2 to 2.5 s at random if the
// coordinator was there, later and later if not (reconnect.h).
// libzmq's own reconnecting is off: it gives up for good after a refused handshake, and an agent
// that is not enrolled yet must try again. Nothing is queued while there is no connection: what an
// agent says is cumulative, and its first message on a connection must be HELLO (or ENROLL).
// Thread: the loop's. Owner: the app; context and loop outlive it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/core/clock.h"
#include "common/core/message_link.h"
#include "common/core/random.h"
#include "common/net/context.h"
#include "common/net/curve_key.h"
#include "common/net/reconnect.h"

namespace edgeherd::os {
class AsioLoop;
}

namespace edgeherd::net {

struct DealerOptions {
  std::string endpoint;    // "tcp://203.0.113.7:9400"
  std::string server_key;  // the coordinator's public key, Z85
  CurveKeyPair keys;       // ours
  std::size_t max_message_bytes = 64 * 1024;
  int queue = 256;  // messages, each way
  Duration handshake_limit = 10s;
  Duration heartbeat = 15s;  // ZMTP's own: reaps dead TCP
  Duration heartbeat_limit = 45s;
  Duration connect_limit = 10s;  // of the TCP connection
  Reconnect::Limits reconnect;
};

enum class LinkEvent {
  connected,  // CURVE and ZAP are done: the peer has the coordinator's key and admits ours
  disconnected,
  handshake_failed,  // the peer is not the coordinator, or does not admit us; tried again
};
[[nodiscard]] std::string_view to_string(LinkEvent event);

class DealerLink final : public MessageLink {
 public:
  // Begins to connect. `invalid` names the option that is wrong (endpoint, key).
  [[nodiscard]] static Result<std::unique_ptr<DealerLink>> open(Context& context,
                                                                os::AsioLoop& loop, Random& random,
                                                                DealerOptions options);
  ~DealerLink() override;

  // `unavailable` while there is no connection, `exhausted` when the queue is full, `invalid` when
  // it is over max_message_bytes.
  Status send(std::string_view message) override;
  void on_message(std::function<void(std::string_view)> handler) override;
  // Set once, before the first turn of the loop. The link must not be destroyed in it.
  void on_event(std::function<void(LinkEvent)> handler);

  [[nodiscard]] bool connected() const;
  [[nodiscard]] std::uint64_t found_by_safety_timer() const;

 private:
  class State;
  explicit DealerLink(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace edgeherd::net
