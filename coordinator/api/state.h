// The inside of Api, shared by the files that make its routes.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include <boost/json/object.hpp>

#include "coordinator/api/api.h"
#include "coordinator/api/router.h"

namespace edgeherd::api {

struct Poll {
  std::int64_t after = 0;
  std::size_t limit = 0;
  NodeId node;
  ZoneId zone;
  MonoTime until{};
  http::Server::Reply reply;
};

struct Api::State : std::enable_shared_from_this<Api::State> {
  explicit State(Host the_host) : host(std::move(the_host)) {}

  [[nodiscard]] web::Sight sight() const {
    const Clock& clock = host.loop->clock();
    web::Sight now{*host.controller, *host.zones, *host.config, clock.mono(), clock.wall()};
    if (host.notify) now.notify = host.notify();
    return now;
  }

  // By the route's parameters "provider" and "zone", or by a bare zone name if that is unique.
  [[nodiscard]] Result<ZoneId> zone_of(const Call& call) const;
  [[nodiscard]] Result<ZoneId> zone_named(const std::string& text) const;
  [[nodiscard]] Result<NodeId> node_named(const std::string& text) const;

  // Leaves an event that says who did what.
  void record(const Caller& caller, const std::string& what, const NodeId& node,
              const ZoneId& zone);

  // A reply for the controller's operations: {"schema":1,"done":true}, or the error.
  [[nodiscard]] act::Controller::Reply<void> answer(const Caller& caller, std::string what,
                                                    NodeId node, ZoneId zone,
                                                    http::Server::Reply reply);

  Host host;
  Router router;
  std::deque<Poll> polls;
};

[[nodiscard]] http::Response ok(const boost::json::object& document);

void add_read_routes(Api::State& state);
void add_record_routes(Api::State& state);
void add_event_routes(Api::State& state);
void add_node_routes(Api::State& state);
void add_order_routes(Api::State& state);
void add_config_routes(Api::State& state);

// Runs the waiting polls that may have an answer now.
void serve_polls(Api::State& state);

}  // namespace edgeherd::api
