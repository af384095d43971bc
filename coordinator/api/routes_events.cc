// GET /v1/events: what happened, with a long poll for who wants to follow.
#include <algorithm>
#include <optional>
#include <utility>

#include <boost/json/array.hpp>

#include "common/config/units.h"
#include "common/core/number.h"
#include "coordinator/api/state.h"
#include "coordinator/api/views.h"

namespace edgeherd::api {

namespace json = boost::json;

namespace {

constexpr std::size_t default_limit = 100;
constexpr std::size_t most_limit = 1000;

http::Response events_response(const std::vector<act::EventRecord>& records, std::int64_t after) {
  json::array list;
  std::int64_t newest = after;
  for (const act::EventRecord& record : records) {
    newest = std::max(newest, record.number);
    list.push_back(event_view(record));
  }
  json::object document;
  document["schema"] = 1;
  document["events"] = std::move(list);
  document["next_after"] = newest;  // what to ask with next time
  return ok(document);
}

Result<std::optional<std::int64_t>> number(const http::Request& request, std::string_view name) {
  const std::string_view text = request.query_value(name);
  if (text.empty()) return std::optional<std::int64_t>{};
  const auto value = parse_number<std::int64_t>(text);
  if (!value) return fail(Errc::invalid, "\"" + std::string(name) + "\" must be a whole number");
  return value;
}

Result<Poll> read_poll(const Api::State& state, const http::Request& request) {
  Poll poll;
  const auto after = number(request, "after");
  if (!after) return after.error();
  poll.after = after->value_or(-1);
  const auto limit = number(request, "limit");
  if (!limit) return limit.error();
  if (*limit && (**limit < 1 || **limit > static_cast<std::int64_t>(most_limit))) {
    return fail(Errc::invalid, "\"limit\" must be from 1 to 1000");
  }
  poll.limit = *limit ? static_cast<std::size_t>(**limit) : default_limit;
  poll.until = state.host.loop->clock().mono();
  if (const std::string_view wait = request.query_value("wait"); !wait.empty()) {
    const Result<Duration> parsed = config::parse_duration(wait);
    if (!parsed) return parsed.error().within("\"wait\"");
    poll.until += std::min(*parsed, Api::longest_poll);
  }
  if (const std::string zone(request.query_value("zone")); !zone.empty()) {
    const Result<ZoneId> found = state.zone_named(zone);
    if (!found) return found.error();
    poll.zone = *found;
  }
  poll.node = NodeId(std::string(request.query_value("node")));  // may be gone, its events are not
  return poll;
}

void look(Api::State& state, Poll poll) {
  const std::int64_t after = poll.after;
  const std::size_t limit = poll.limit;
  const NodeId node = poll.node;
  const ZoneId zone = poll.zone;
  state.host.history->events(after, limit, node, zone,
                             [weak = state.weak_from_this(), poll = std::move(poll)](
                                 const Result<std::vector<act::EventRecord>>& records) mutable {
                               const auto self = weak.lock();
                               if (!self) return;
                               if (!records) return poll.reply(error_response(records.error()));
                               const bool may_wait = self->host.loop->clock().mono() < poll.until &&
                                                     self->polls.size() < Api::waiting_polls;
                               if (!records->empty() || !may_wait) {
                                 return poll.reply(events_response(*records, poll.after));
                               }
                               self->polls.push_back(std::move(poll));
                             });
}

}  // namespace

void serve_polls(Api::State& state) {
  std::deque<Poll> polls = std::exchange(state.polls, {});
  for (Poll& poll : polls) look(state, std::move(poll));
}

void add_event_routes(Api::State& state) {
  state.router.add("GET", "/v1/events", Role::viewer,
                   [&state](const Call& call, http::Server::Reply reply) {
                     Result<Poll> poll = read_poll(state, call.request);
                     if (!poll) return reply(error_response(poll.error()));
                     poll->reply = std::move(reply);
                     look(state, std::move(*poll));
                   },
                   {"after", "limit", "wait", "node", "zone"});
}

}  // namespace edgeherd::api
