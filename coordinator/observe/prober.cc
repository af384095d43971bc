#include "coordinator/observe/prober.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/core/token_bucket.h"
#include "coordinator/model/agent_words.h"
#include "coordinator/observe/tokens.h"

namespace edgeherd::observe {

namespace {

using model::NodeState;
using model::ProbeKind;

constexpr Duration verify_period_most = 1s;
constexpr int more_than_enough = 100;  // good answers in a row: no configuration wants more
constexpr Duration calm_period = 5s;
constexpr Duration doubt_period = 2s;
constexpr Duration pump_period = 10ms;  // due probes are begun in batches of this grain

using Key = std::pair<NodeId, ProbeKind>;

struct Target {
  ZoneId zone;
  std::string address;
  const char* page = "";      // of the health page
  std::string authorization;  // for it
  Duration period{};
  bool verifying = false;  // one of those that share verify_per_second
  MonoTime due{};
  std::uint64_t number = 0;  // its own; of those due at one time the lowest is first
  std::uint64_t flight = 0;  // number of the request under way, or 0
};

using Targets = std::map<Key, Target>;

std::string in_brackets(const std::string& address) {
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

http::ClientRequest make_request(const Key& which, const Target& target,
                                 const ProbeSettings& settings) {
  http::ClientRequest request;
  request.deadline = Prober::deadline;
  request.answer_limit = Prober::max_answer_bytes;
  const bool edge = which.second == ProbeKind::edge;
  const bool tls = !edge && settings.health == PageTransport::https;
  request.url = (tls ? "https://" : "http://") + in_brackets(target.address) + ":";
  if (edge) {
    request.url += std::to_string(settings.edge_port) + settings.edge_path;
    if (!settings.edge_host.empty()) request.headers.emplace_back("Host", settings.edge_host);
  } else {
    request.url += std::to_string(settings.health_port) + target.page;
    request.headers.emplace_back("Authorization", target.authorization);
  }
  request.headers.emplace_back("User-Agent", "edgeherd-probe/" EDGEHERD_VERSION);
  return request;
}

// A draining agent is not ready on purpose: then only its being alive counts.
const char* health_page(const model::Node& node) {
  return node.state == NodeState::verifying || node.state == NodeState::in_service ? "/readyz"
                                                                                   : "/livez";
}

std::optional<Error> judge(const Result<http::Response>& answer, const std::string& wanted_body) {
  if (!answer) return answer.error();
  if (answer->status != 200) {
    std::string what = "answered " + std::to_string(answer->status);
    if (const std::string_view reason = http::reason_phrase(answer->status); !reason.empty()) {
      what += " " + std::string(reason);
    }
    return fail(Errc::unavailable, std::move(what));
  }
  if (!wanted_body.empty() && answer->body.find(wanted_body) == std::string::npos) {
    return fail(Errc::broken, "answered 200 without the expected text in its body");
  }
  return std::nullopt;
}

}  // namespace

Duration probe_period(const model::Node& node, ProbeKind kind) {
  const model::ProbeView& view = kind == ProbeKind::edge ? node.edge_probe : node.health_probe;
  const bool doubtful = (view.asked_at && !view.good) || node.verdict != model::Verdict::healthy;
  switch (node.state) {
    case NodeState::verifying:
      return view.good_in_a_row < more_than_enough ? Prober::verify_period : verify_period_most;
    case NodeState::in_service:
      return doubtful ? doubt_period : calm_period;
    case NodeState::draining:
      if (kind == ProbeKind::edge && node.agent.drain_state == model::drain_state::closed)
        return Duration::zero();
      return doubtful ? doubt_period : calm_period;
    case NodeState::flushing:
      return kind == ProbeKind::health ? calm_period : Duration::zero();
    case NodeState::requested:
    case NodeState::booting:
    case NodeState::flushed:
    case NodeState::terminating:
    case NodeState::gone:
      return Duration::zero();
  }
  return Duration::zero();
}

struct Prober::State : std::enable_shared_from_this<Prober::State> {
  State(EventLoop& the_loop, Random& the_random, std::string the_key, Send the_send,
        Report the_report)
      : loop(the_loop),
        random(the_random),
        key(std::move(the_key)),
        send(std::move(the_send)),
        report(std::move(the_report)) {}

  void want(const model::Node& node, ProbeKind kind, MonoTime now) {
    const Duration wanted = probe_period(node, kind);
    if (wanted == Duration::zero() || node.address.empty()) return;
    const bool is_private = kind == ProbeKind::health && !node.private_address.empty();
    // Nodes come in the order of the targets: those before belong to nodes that are gone.
    while (cursor != targets.end() && is_before(cursor->first, node.id, kind))
      cursor = drop(cursor);
    const bool is_new =
        cursor == targets.end() || cursor->first.first != node.id || cursor->first.second != kind;
    if (is_new) {
      cursor = targets.emplace_hint(cursor, Key{node.id, kind}, Target{});
      cursor->second.number = ++numbers;
    }
    const auto at = cursor++;
    Target& target = at->second;
    if (is_new && kind == ProbeKind::health) {
      target.authorization = "Bearer " + probe_token(key, node.id);
    }
    target.zone = node.zone;
    target.address = is_private ? node.private_address : node.address;
    target.page = health_page(node);
    target.period = wanted;
    note_verifying(target, wanted == verify_period);
    const Duration period = period_of(target);
    // New targets are spread over their first period, so that a restarted coordinator does not ask
    // all at once; one that became more urgent comes forward.
    const bool sooner = target.flight == 0 && target.due > now + period;
    if (is_new || sooner) {
      if (!is_new) queue.erase(turn_of(target));
      put_in_queue(at, now + from_seconds(random.unit() * seconds(period)));
    }
  }

  // The more are verified at a time, the less often each is asked: together they cost so much.
  [[nodiscard]] Duration period_of(const Target& target) const {
    if (!target.verifying) return target.period;
    const Duration share = from_seconds(static_cast<double>(verifying) / verify_per_second);
    return std::clamp(share, target.period, verify_period_most);
  }

  void note_verifying(Target& target, bool now) {
    if (target.verifying == now) return;
    target.verifying = now;
    verifying = now ? verifying + 1 : verifying - 1;
  }

  static bool is_before(const Key& a, const NodeId& node, ProbeKind kind) {
    const auto order = a.first <=> node;
    return order < 0 || (order == 0 && a.second < kind);
  }

  using Turn = std::pair<MonoTime, std::uint64_t>;
  static Turn turn_of(const Target& target) { return {target.due, target.number}; }

  void put_in_queue(Targets::iterator at, MonoTime due) {
    at->second.due = due;
    queue.emplace(turn_of(at->second), at);
  }

  Targets::iterator drop(Targets::iterator at) {
    queue.erase(turn_of(at->second));
    under_way.erase(at->second.flight);
    note_verifying(at->second, false);
    return targets.erase(at);
  }

  void pump() {
    const MonoTime now = loop.clock().mono();
    while (!queue.empty() && queue.begin()->first.first <= now && in_flight < max_in_flight &&
           budget.take(now, 1)) {
      const auto next = queue.begin()->second;
      queue.erase(queue.begin());
      begin(next, now);
    }
    if (!queue.empty()) wake_at(std::max(queue.begin()->first.first, now + pump_period));
  }

  void wake_at(MonoTime when) {
    if (timer != TimerId::none && timer_at <= when) return;
    loop.cancel(timer);
    timer_at = when;
    timer = loop.at(when, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) {
        self->timer = TimerId::none;
        self->pump();
      }
    });
  }

  void begin(Targets::iterator at, MonoTime now) {
    auto& [which, target] = *at;
    const ProbeSettings& zone = settings.at(target.zone);
    if (now > target.due + period_of(target)) ++counters.late;
    target.flight = ++flights;
    under_way.emplace(target.flight, at);
    ++in_flight;
    ++counters.asked;
    const std::string wanted = which.second == ProbeKind::edge ? zone.edge_body : std::string{};
    send(make_request(which, target, zone), [weak = weak_from_this(), flight = target.flight,
                                             wanted](const Result<http::Response>& answer) {
      if (const auto self = weak.lock()) self->answered(flight, judge(answer, wanted));
    });
  }

  void answered(std::uint64_t flight, std::optional<Error> error) {
    --in_flight;
    if (error) ++counters.failed;
    const auto asked = under_way.find(flight);
    // The answer to a target that was dropped meanwhile (and perhaps came back) says nothing.
    if (asked != under_way.end()) {
      const Targets::iterator at = asked->second;
      under_way.erase(asked);
      at->second.flight = 0;
      const double jitter = 0.9 + 0.2 * random.unit();
      put_in_queue(at, loop.clock().mono() + from_seconds(jitter * seconds(period_of(at->second))));
      report(model::Probed{at->first.first, at->first.second, std::move(error)});
    }
    pump();
  }

  EventLoop& loop;
  Random& random;
  std::string key;
  Send send;
  Report report;
  std::map<ZoneId, ProbeSettings> settings;
  Targets targets;
  Targets::iterator cursor;                 // of an update: what is before it has been looked at
  std::map<Turn, Targets::iterator> queue;  // targets that are not in flight
  std::map<std::uint64_t, Targets::iterator> under_way;  // by flight
  TokenBucket budget{max_per_second, max_per_second / 10};
  std::size_t in_flight = 0;
  std::size_t verifying = 0;  // targets of nodes that are being verified
  std::uint64_t numbers = 0;
  std::uint64_t flights = 0;
  MonoTime timer_at{};
  TimerId timer = TimerId::none;
  ProbeCounters counters;
};

Prober::Prober(EventLoop& loop, Random& random, std::string enrolment_key, Send send, Report report)
    : state_(std::make_shared<State>(loop, random, std::move(enrolment_key), std::move(send),
                                     std::move(report))) {}

Prober::~Prober() {
  state_->loop.cancel(state_->timer);
}

void Prober::update(const model::Fleet& fleet, const std::map<ZoneId, ProbeSettings>& settings) {
  const MonoTime now = state_->loop.clock().mono();
  state_->settings = settings;
  state_->cursor = state_->targets.begin();
  // Nodes of one zone mostly follow each other: their ids begin with it.
  const ZoneId* zone = nullptr;
  bool is_probed = false;
  for (const auto& [id, node] : fleet.nodes()) {
    if (zone == nullptr || *zone != node.zone) {
      zone = &node.zone;
      is_probed = settings.contains(node.zone);
    }
    if (!is_probed) continue;
    state_->want(node, ProbeKind::health, now);
    state_->want(node, ProbeKind::edge, now);
  }
  while (state_->cursor != state_->targets.end()) state_->cursor = state_->drop(state_->cursor);
  state_->pump();
}

const ProbeCounters& Prober::counters() const {
  return state_->counters;
}

std::size_t Prober::targets() const {
  return state_->targets.size();
}

}  // namespace edgeherd::observe
