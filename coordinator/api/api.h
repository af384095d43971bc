// Api: the coordinator's HTTP interface. docs/api.md describes it, docs/openapi.json formally.
//
// Reads come from the controller's views; changes go through its operations and are answered once
// they are durable, and each leaves an event that names the caller.
// Thread: the loop's. Owner: the app; what Host refers to outlives the Api. Replies that still wait
// at its destruction are dropped (the server answers for them).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/core/event_loop.h"
#include "common/http/server.h"
#include "coordinator/act/controller.h"
#include "coordinator/api/access.h"
#include "coordinator/web/sight.h"

namespace edgeherd::api {

// What a look at the configuration files on disk found.
struct ConfigOutcome {
  std::vector<std::string> problems;  // "file:line:column: key: what"; empty: it is good
  std::vector<std::string> warnings;
};

// Whether reading the endpoints, the metrics and the page needs a token.
enum class OpenReads { no, yes };

struct Host {
  EventLoop* loop = nullptr;
  act::Controller* controller = nullptr;
  act::History* history = nullptr;
  const std::map<ZoneId, web::ZoneFacts>* zones = nullptr;
  const web::ConfigStatus* config = nullptr;
  Access access;
  OpenReads open_reads = OpenReads::no;
  std::function<ConfigOutcome()> check_config;   // reads, changes nothing
  std::function<ConfigOutcome()> reload_config;  // takes effect only without problems
  // The user data of a node, for a server that is set up by hand.
  std::function<std::string(const model::Node&)> user_data;
  std::function<std::string(const NodeId&)> enrolment_token;
  std::function<std::vector<web::Gauge>()> gauges;
  std::function<std::vector<web::NotifyTarget>()> notify;  // null: there are none
  http::Server::Handler archive;      // PUT /v1/archive/...; null: there is none
  http::Server::Judge archive_judge;  // of the same
};

class Api {
 public:
  static constexpr std::size_t waiting_polls = 64;  // further ones are answered at once
  static constexpr Duration longest_poll = 30s;
  static constexpr std::size_t most_body_bytes = 1024 * 1024;
  static constexpr std::size_t strangers_body_bytes = 16 * 1024;  // without a token of ours

  explicit Api(Host host);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  void handle(http::Request&& request, http::Server::Reply reply);
  // How large a body the sender of this head may send. Who may do what is handle()'s to say.
  [[nodiscard]] http::BodyRight judge(const http::Request& head) const;
  // Something may be new: looks after those who wait for events. Called after each tick.
  void tick();
  void set_access(Access access);

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::api
