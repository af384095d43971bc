// Peer: the conversation with one coordinator: ENROLL until accepted, HELLO until answered,
// heartbeats, and HELLO again after silence.
//
// Thread: the loop's. Owner: the session's state, which is its Host and outlives it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/session/session.h"
#include "common/core/backoff.h"
#include "common/core/event_loop.h"
#include "common/core/message_link.h"
#include "common/core/random.h"
#include "common/wire/messages.h"

namespace edgeherd::session {

class Peer {
 public:
  class Host {
   public:
    virtual ~Host() = default;
    [[nodiscard]] virtual wire::Enroll make_enroll() = 0;
    [[nodiscard]] virtual wire::Hello make_hello() = 0;
    [[nodiscard]] virtual bool is_enrolled(const std::string& name) = 0;
    virtual void enrolled(const std::string& name) = 0;
    virtual void greeted(Peer& peer, const wire::HelloReply& reply) = 0;
    // What is not about the conversation itself: commands, grants, verdicts.
    virtual void received(Peer& peer, const wire::Message& message) = 0;
  };
  struct Times {
    Duration heartbeat;
    Duration silence;
    Duration retry_least;
    Duration retry_most;
  };

  Peer(Host& host, EventLoop& loop, Random& random, Times times, std::string name,
       MessageLink& fleet, MessageLink* enroll);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void start();
  // The connection is new: say first what has to come first.
  void connected();

  // Counts what could not be sent; the peer need not be ready.
  Status send(const wire::Message& message);
  void send_sample(const wire::Sample& sample);

  [[nodiscard]] bool ready() const { return phase_ == CoordinatorPhase::ready; }
  // As its HELLO_REPLY said.
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  // True until a complete sample has gone out since the last HELLO.
  [[nodiscard]] bool wants_all() const { return wants_all_; }
  [[nodiscard]] CoordinatorView view() const;

 private:
  void step();
  void enrol();
  void greet();
  void watch();
  void on_fleet(std::string_view bytes);
  void on_enroll(std::string_view bytes);
  void take(const wire::Message& message);
  void set_timer(Duration after);
  void enter(CoordinatorPhase phase);

  Host& host_;
  EventLoop& loop_;
  Random& random_;
  Times times_;
  MessageLink& fleet_;
  MessageLink* enroll_;
  CoordinatorPhase phase_ = CoordinatorPhase::greeting;
  Backoff backoff_;
  TimerId timer_ = TimerId::none;
  bool started_ = false;
  bool wants_all_ = true;
  int greetings_ = 0;  // unanswered
  std::uint64_t epoch_ = 0;
  std::uint64_t heartbeats_ = 0;
  std::optional<MonoTime> last_heard_;
  std::string buffer_;  // of what is encoded, kept for its room
  CoordinatorView view_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace edgeherd::session
