#include "coordinator/decide/sizing.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "common/core/protection.h"
#include "coordinator/decide/cost.h"
#include "coordinator/decide/demand.h"

namespace edgeherd::decide {

namespace {

const Protection known_first("check", "no_data_no_change");
const Protection missing_forbids("check", "missing_data_forbids_shrinking");
const Protection within_max("check", "within_max");
const Protection errors_forbid("check", "errors_forbid_shrinking");
const Protection grows_on_part("check", "grows_on_partial_data");
const Protection min_enforced("check", "min_enforced");
const Protection lent_kept("check", "lent_servers_kept");
const Protection stabilised("check", "scale_in_stabilised");
const Protection stabilised_after_growth("check", "scale_in_stabilised_after_growth");
const Protection stabilised_after_start("check", "scale_in_stabilised_after_start");

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

// An agent may count what it likes: beyond this no fleet goes.
constexpr double most_nodes = 1'000'000;

int ceiling(double nodes) {
  return static_cast<int>(nodes < most_nodes ? std::ceil(nodes - 1e-9) : most_nodes);
}

// Walks a zone's size through its steps; each notes what it did and why.
class Sizing {
 public:
  Sizing(const ZoneId& id, const model::ZonePolicy& zone, const ZoneView& view,
         const model::Fleet& fleet, const model::Policy& policy, MonoTime now, const Spill& spill)
      : zone_(zone), view_(view), fleet_(fleet), policy_(policy), now_(now), spill_(spill) {
    decision_.zone = id;
    decision_.in_service = static_cast<int>(view.in_service.size());
    decision_.coming = static_cast<int>(view.coming.size());
    decision_.leaving = static_cast<int>(view.leaving.size());
    decision_.lent = static_cast<int>(view.lent.size());
    decision_.borrowed = static_cast<int>(view.borrowed.size());
    if (view.cost > model::Price{} || dearest(zone)) decision_.cost = view.cost;
    serving_ = static_cast<int>(view.serving.size());
  }

  ZoneDecision run() {
    propose();
    latency();
    keep_lent();
    decision_.proposal = std::max(wanted_, needed_) + static_cast<int>(spill_.more.size());
    stabilise();
    limit_growth();
    clamp();
    lend();
    decision_.desired = wanted_;
    return std::move(decision_);
  }

 private:
  void step(std::string name, int to, std::string text) {
    decision_.steps.push_back(
        {std::move(name), static_cast<double>(wanted_), static_cast<double>(to), std::move(text)});
    wanted_ = to;
  }

  void propose() {
    wanted_ = view_.have();
    const Demand demand = measure(zone_, view_, policy_, now_, decision_);
    if (serving_ == 0) return step("demand", wanted_, "nothing serves, so nothing is measured");
    if (!demand.known && known_first.on())
      return step("demand", wanted_, "no fresh data, the size stays");
    const double tolerance = policy_.scaling.tolerance;
    const std::string need =
        std::string(demand.leading) + " needs " + number(demand.least) + " nodes at target";
    const bool enough_known = decision_.without_data == 0 || grows_on_part.on();
    if (demand.least > serving_ * (1 + tolerance) && enough_known) {
      return step("demand", std::max(ceiling(demand.least), serving_), need);
    }
    if (demand.most < serving_ * (1 - tolerance)) {
      if (decision_.without_data > 0 && missing_forbids.on()) {
        return step("demand", serving_,
                    need + ", but " + std::to_string(decision_.without_data) +
                        " nodes are without fresh data: no shrinking");
      }
      if (errors_forbid.on() && errors_high(view_, policy_, now_)) {
        return step("demand", serving_, need + ", but many answers are errors: no shrinking");
      }
      return step("demand", std::max(ceiling(demand.most), 0), need);
    }
    // Remembered all the same: a server that an order gives back must not leave at once.
    needed_ = ceiling(demand.most);
    step("tolerance", serving_,
         need + ", within " + number(tolerance) + " of " + std::to_string(serving_));
  }

  void latency() {
    if (!zone_.slo_p99 || serving_ == 0) return;
    const LatencySketch sketch = fleet_.zone(decision_.zone).latency.merged(now_);
    decision_.latency_requests = sketch.total();
    const auto p99 = sketch.quantile(0.99);
    if (!p99 || sketch.total() < static_cast<std::uint64_t>(policy_.scaling.latency_min_requests))
      return;
    decision_.p99_seconds = *p99;
    const double slo_s = seconds(*zone_.slo_p99);
    if (*p99 <= slo_s) return;
    decision_.latency_high = true;
    const std::string high =
        "p99 " + number(*p99 * 1000) + " ms is above " + number(slo_s * 1000) + " ms";
    const auto& since = fleet_.zone(decision_.zone).latency_high_since;
    if (since && now_ - *since > 2 * policy_.timings.boot_time) {
      return step("latency", std::max(wanted_, serving_),
                  high + " and more nodes did not help: no shrinking");
    }
    const double factor = std::min(1 + policy_.scaling.latency_most, *p99 / slo_s);
    step("latency", std::max(wanted_, ceiling(serving_ * factor)), high);
  }

  void stabilise() {
    const int have = view_.have();
    if (wanted_ >= have) return;
    int most = wanted_;
    for (const model::Proposal& p : fleet_.zone(decision_.zone).proposals) {
      if (stabilised.on() && now_ - p.at <= policy_.scaling.scale_in_stabilisation)
        most = std::max(most, p.nodes);
    }
    // A window that was not watched from its beginning says nothing of what was asked for before.
    const model::Zone& zone = fleet_.zone(decision_.zone);
    const auto since = std::max(fleet_.started_at(), zone.sized_since);
    const bool gap =
        !zone.proposals.empty() && now_ - zone.proposals.back().at > model::longest_proposal_gap;
    const bool young = gap || !since || now_ - *since < policy_.scaling.scale_in_stabilisation;
    const int asked = most;
    if (young && stabilised_after_start.on()) most = std::max(most, have);
    // Who came just now does not carry its share before viewers have asked the names again: what is
    // measured until then is less than there is.
    const bool grown =
        std::any_of(view_.serving.begin(), view_.serving.end(), [&](const model::Node* node) {
          return now_ - node->state_since < policy_.scaling.scale_in_stabilisation;
        });
    if (grown && stabilised_after_growth.on()) most = std::max(most, have);
    most = std::min(most, have);
    if (most > wanted_) step("stabilisation", most, why_kept(most <= asked, young));
  }

  // `asked`: the window itself asked for as many.
  [[nodiscard]] std::string why_kept(bool asked, bool young) const {
    const std::string window =
        std::to_string(static_cast<int>(seconds(policy_.scaling.scale_in_stabilisation))) + " s";
    if (asked) return "the last " + window + " asked for more";
    if (young) return "the zone was not watched for the last " + window + ": no shrinking yet";
    return "a server came within the last " + window + ": no shrinking before it carries its share";
  }

  // While others of the region lack servers, those that were launched here for them do not leave:
  // not more than there are, as what is measured here may be carried by them.
  void keep_lent() {
    if (spill_.kept.empty() || !lent_kept.on()) return;
    const int kept = static_cast<int>(spill_.kept.size());
    const int most = std::min(wanted_ + kept, view_.have());
    if (most > wanted_)
      step("spill_over", most, std::to_string(kept) + " stand in for other zones");
  }

  void lend() {
    if (spill_.more.empty()) return;
    const int more = static_cast<int>(spill_.more.size());
    const std::set<ZoneId> for_whom(spill_.more.begin(), spill_.more.end());
    std::string names;
    for (const ZoneId& id : for_whom) names += (names.empty() ? "" : ", ") + id.str();
    step("spill_over", wanted_ + more,
         std::to_string(more) + " for what cannot grow itself: " + names);
  }

  // Servers that stand in for this zone elsewhere are its growth, too. Who was refused by the
  // provider is not.
  void limit_growth() {
    const int have = view_.have();
    if (wanted_ <= have) return;
    int recent = 0;
    const int borrowed = static_cast<int>(view_.borrowed.size());
    for (const model::Launch& launch : fleet_.launches()) {
      if (now_ - launch.at >= policy_.scaling.rate_period) continue;
      const model::Node* node = fleet_.node(launch.node);
      if (node == nullptr) continue;
      const ZoneId& whose = node->spilled_for.empty() ? launch.zone : node->spilled_for;
      if (whose == decision_.zone) ++recent;
    }
    const int start = std::max(0, have + borrowed - recent);
    const int most = start + std::max(policy_.scaling.rate_nodes,
                                      ceiling(start * policy_.scaling.rate_fraction));
    if (wanted_ > most)
      step("growth_rate", std::max(most, have), "at most " + std::to_string(most) + " nodes now");
  }

  void clamp() {
    if (zone_.activity == model::ZoneActivity::inactive) {
      return step("inactive", 0, "the zone is inactive");
    }
    if (wanted_ < zone_.min_servers && min_enforced.on())
      step("min", zone_.min_servers, "min_servers");
    if (wanted_ > zone_.max_servers && within_max.on())
      step("max", zone_.max_servers, "max_servers");
  }

  const model::ZonePolicy& zone_;
  const ZoneView& view_;
  const model::Fleet& fleet_;
  const model::Policy& policy_;
  MonoTime now_;
  const Spill& spill_;
  ZoneDecision decision_;
  int serving_ = 0;
  int wanted_ = 0;
  int needed_ = 0;  // at target, where the tolerance asks for no other size
};

}  // namespace

ZoneDecision size_zone(const ZoneId& id, const model::ZonePolicy& zone, const ZoneView& view,
                       const model::Fleet& fleet, const model::Policy& policy, MonoTime now,
                       const Spill& spill) {
  return Sizing(id, zone, view, fleet, policy, now, spill).run();
}

}  // namespace edgeherd::decide
