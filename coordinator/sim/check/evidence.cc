// P3: unknown is never bad, nor zero.
//
// Who leaves service as sick has shown it to somebody within the last minutes. Nobody leaves for
// lack of load while a server of the zone is silent, or while the true load needs it.
#include <algorithm>
#include <deque>
#include <map>
#include <optional>

#include "coordinator/sim/check/beside.h"
#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr Duration memory_of_trouble = 90s;
constexpr Duration slack = 3s;  // of deliveries and ticks
constexpr double most_utilisation =
    0.9;                                // of those that stay, of the least load of the last minute
constexpr std::size_t remembered = 60;  // seconds of load
constexpr double most_cut_off = 0.35;   // of the others, for the fault to be its own

class Evidence final : public Checker {
 public:
  void second(World& world) override {
    for (const ZoneScenario& zone : world.scenario().zones) {
      auto& rates = loads_[zone.id];
      rates.push_back(world.viewers->rate(zone.id));
      if (rates.size() > remembered) rates.pop_front();
    }
    const MonoTime now = world.loop.clock().mono();
    for (const auto& [vm, box] : world.yard.all()) {
      if (box->trouble_since()) troubled_at_[vm] = now;
      if (world.switchboard.cut_off(box->vm())) {
        cut_since_.try_emplace(vm, now);
      } else {
        cut_since_.erase(vm);
      }
    }
  }

  void moved(World& world, const Move& move) override {
    if (!move.departs()) return;
    if (move.node.cause == model::Cause::sick) sick(world, move);
    if (move.node.cause == model::Cause::scale_in) scaled_in(world, move);
  }

 private:
  void sick(World& world, const Move& move) {
    const model::Node& node = move.node;
    const Box* box = world.yard.find(node.vm);
    if (box == nullptr || !box->up()) return;
    if (network_is_down(world, move)) {
      return world.violated("P3", "node " + node.id.str() + " is replaced as sick (" +
                                      node.cause_text + "), but many others are cut off, too");
    }
    const auto trouble = box->seen_ailing_at();
    if (trouble && world.loop.clock().mono() - *trouble <= memory_of_trouble) return;
    world.violated("P3", "node " + node.id.str() + " is replaced as sick (" + node.cause_text +
                             "), but nobody has seen anything wrong with it");
  }

  // It was well all the time, and for longer than a verdict looks back the network has cut off so
  // many of the others that the fault cannot be its own.
  bool network_is_down(World& world, const Move& move) const {
    const MonoTime now = world.loop.clock().mono();
    const auto troubled = troubled_at_.find(move.node.vm);
    if (troubled != troubled_at_.end() && now - troubled->second < memory_of_trouble) return false;
    int others = 0;
    int cut = 0;
    for (const auto& [id, node] : world.brains[move.brain]->controller().fleet().nodes()) {
      if (id == move.node.id || node.state != model::NodeState::in_service) continue;
      ++others;
      const auto since = cut_since_.find(node.vm);
      cut += since != cut_since_.end() && now - since->second >= memory_of_trouble ? 1 : 0;
    }
    return others >= 2 && cut > most_cut_off * others;
  }

  // A closed zone and a lower maximum are the operator's word, and rest on no figures.
  static bool asked_for(const act::Controller& controller, const ZoneId& id, int left) {
    const model::ZonePolicy* zone = controller.policy().zone(id);
    return zone == nullptr || zone->activity == model::ZoneActivity::inactive ||
           left >= zone->max_servers;
  }

  void scaled_in(World& world, const Move& move) {
    const act::Controller& controller = world.brains[move.brain]->controller();
    const MonoTime now = world.loop.clock().mono();
    const Duration stale =
        controller.policy().timings.evidence_periods * world.scenario().sample_period + slack;
    int left = 0;
    bool liars = false;
    std::optional<NodeId> unknown;
    for (const auto& [id, other] : controller.fleet().nodes()) {
      const bool stays = other.state == model::NodeState::in_service;
      if (other.zone != move.node.zone || (!stays && id != move.node.id)) continue;
      left += stays ? 1 : 0;
      if (other.verdict == model::Verdict::bad) continue;  // carries nothing, as far as is known
      const Box* box = world.yard.find(other.vm);
      liars = liars || (box != nullptr && box->has_lied());
      const auto sampled = other.load.sampled_at();
      if (!sampled || now - *sampled > stale) unknown = id;
    }
    if (asked_for(controller, move.node.zone, left)) return;
    if (unknown) {
      return world.violated("P3", "node " + move.node.id.str() + " leaves for lack of load while " +
                                      "nothing is known of node " + unknown->str());
    }
    const auto& rates = loads_[move.node.zone];
    if (liars || rates.empty()) return;
    const double load = *std::min_element(rates.begin(), rates.end());
    left += carry_beside(world, controller.fleet(), move.node.zone);
    const double most = left * world.scenario().node_rps * most_utilisation;
    if (load <= most) return;
    world.violated("P3", "node " + move.node.id.str() + " leaves for lack of load, and " +
                             std::to_string(left) + " servers are left for " +
                             std::to_string(static_cast<int>(load)) + " requests/s");
  }

  std::map<ZoneId, std::deque<double>> loads_;
  std::map<VmId, MonoTime> troubled_at_;
  std::map<VmId, MonoTime> cut_since_;
};

}  // namespace

std::unique_ptr<Checker> make_evidence_checker() {
  return std::make_unique<Evidence>();
}

}  // namespace edgeherd::sim
