// Orders: carries out what the command table has let through, each within its deadline.
//
// drain, undrain, close_listener and flush ask for a level, which is durable and made good again at
// every start; closing and opening run one after the other. At a start nginx may come up later than
// the agent: what is closed is closed until the hook succeeds, and once more when the box has had
// time to come up. Thread: the loop's.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "agent/command/command_table.h"
#include "agent/logs/seams.h"
#include "agent/logs/shipper.h"
#include "agent/session/session_store.h"
#include "common/core/backoff.h"
#include "common/core/event_loop.h"

namespace edgeherd::session {

class Orders {
 public:
  class Host {
   public:
    virtual ~Host() = default;
    virtual void finished(const ActionId& action, wire::CommandState state,
                          std::string message) = 0;
    virtual void drain_changed(DrainState state) = 0;
    virtual void set_interval(Duration interval) = 0;
    virtual void raise(wire::Event event) = 0;
  };
  struct Hooks {
    std::vector<std::string> close_listener;
    std::vector<std::string> open_listener;
    Duration limit{};
    std::function<void(Session::Finished)> reload;
  };

  Orders(Host& host, const SessionSeams& seams, SessionStore& store, logs::Shipper* shipper);
  ~Orders();
  Orders(const Orders&) = delete;
  Orders& operator=(const Orders&) = delete;

  Hooks hooks;

  // Makes good the levels of an earlier life, then its unfinished orders.
  void start(const std::vector<command::Order>& resumed);
  void run(const command::Order& order);

 private:
  enum class Listener { close, open };
  struct ListenerJob {
    Listener target;
    std::string action;  // empty: for nobody, since the node is closed
  };

  void drain(const std::string& id);
  void undrain(const std::string& id);
  void flush(const std::string& id);
  void rotate(const std::string& id);
  void reload(const std::string& id);
  void queue_listener(ListenerJob job);
  void next_listener();
  void listener_ended(const ListenerJob& job, const Status& status);
  [[nodiscard]] bool wanted(const ListenerJob& close) const;
  [[nodiscard]] Status closed();
  void close_again();
  void close_again_at(MonoTime when);
  void not_closed_again(const Error& error);
  // Ends an order, unless it has ended already (its deadline).
  void end(const std::string& id, const Status& status, std::string note = "");
  void end_all(command::Verb verb, const Error& error);
  [[nodiscard]] std::function<void(Status)> ender(const std::string& id);
  [[nodiscard]] Status change(const std::function<void(Remembered&)>& edit);

  struct Running {
    command::Verb verb;
    TimerId deadline;
  };

  Host& host_;
  EventLoop& loop_;
  Random& random_;
  logs::HookRunner& runner_;
  SessionStore& store_;
  logs::Shipper* shipper_;
  std::map<std::string, Running> running_;
  std::deque<ListenerJob> listener_jobs_;
  bool listener_busy_ = false;
  MonoTime box_up_at_{};  // before then something may open what was closed
  TimerId closing_again_ = TimerId::none;
  Backoff closing_again_pause_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace edgeherd::session
