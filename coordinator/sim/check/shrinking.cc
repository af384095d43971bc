// P3, of load: nobody leaves for lack of it while the answers are errors, before the zone has been
// watched for as long as it may change, or while the last minutes asked for more.
#include <algorithm>
#include <cmath>
#include <deque>
#include <map>

#include "coordinator/sim/check/beside.h"
#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

constexpr Duration looked_back = 5min;
constexpr Duration slack = 5s;
constexpr double most_errors = 0.08;  // of the answers, for so long:
constexpr Duration to_see_errors = 30s;
constexpr double target = 0.70;
constexpr long long look_every_s = 5;
constexpr std::size_t remembered = 58;  // looks at the load
constexpr std::size_t lasting = 4;      // of them: less is noise

class Shrinking final : public Checker {
 public:
  void started(World& world, std::size_t brain) override {
    started_[brain] = world.loop.clock().mono();
    std::erase_if(entered_, [&](const auto& entry) { return entry.first.first == brain; });
  }

  void second(World& world) override {
    if (static_cast<long long>(seconds(world.elapsed())) % look_every_s != 0) return;
    const MonoTime now = world.loop.clock().mono();
    std::map<ZoneId, int> serving;
    for (const auto& [vm, box] : world.yard.all()) {
      if (box->answers_viewers() && !box->trouble_since()) ++serving[world.zone_of(box->vm())];
    }
    for (const ZoneScenario& zone : world.scenario().zones) {
      // More than its servers can answer is not measured.
      const double most = serving[zone.id] * world.scenario().node_rps;
      auto& loads = loads_[zone.id];
      loads.push_back(std::min(world.viewers->rate(zone.id), most));
      if (loads.size() > remembered) loads.pop_front();
      if (world.viewers->errors(zone.id) <= most_errors) {
        erring_since_.erase(zone.id);
      } else {
        erring_since_.try_emplace(zone.id, now);
      }
    }
  }

  void viewer_failed(World&, const ZoneId& zone, const std::string&) override {
    loads_.erase(zone);  // who is not answered is not measured
  }

  void moved(World& world, const Move& move) override {
    const MonoTime now = world.loop.clock().mono();
    if (move.to == model::NodeState::in_service) entered_[{move.brain, move.node.id}] = now;
    if (!move.departs() || move.node.cause != model::Cause::scale_in) return;
    if (!of_its_own(world, move)) return;
    const std::string why = objection(world, move, now);
    if (why.empty()) return;
    world.violated("P3", "node " + move.node.id.str() + " leaves for lack of load although " + why);
  }

 private:
  // Neither a lower maximum nor a closed zone, which are the operator's word.
  static bool of_its_own(World& world, const Move& move) {
    const act::Controller& controller = world.brains[move.brain]->controller();
    const model::ZonePolicy* zone = controller.policy().zone(move.node.zone);
    if (zone == nullptr || zone->activity == model::ZoneActivity::inactive) return false;
    return left_in(controller.fleet(), move) < zone->max_servers;
  }

  static int left_in(const model::Fleet& fleet, const Move& move) {
    int left = 0;
    for (const auto& [id, node] : fleet.nodes()) {
      left += node.zone == move.node.zone && node.state == model::NodeState::in_service ? 1 : 0;
    }
    return left;
  }

  std::string objection(World& world, const Move& move, MonoTime now) {
    const act::Controller& controller = world.brains[move.brain]->controller();
    const Duration window = controller.policy().scaling.scale_in_stabilisation;
    if (now - started_[move.brain] < window - slack) return "it has only just begun to look";
    const model::Fleet& fleet = controller.fleet();
    bool lies = false;
    for (const auto& [id, node] : fleet.nodes()) {
      if (node.zone != move.node.zone) continue;
      const Box* box = world.yard.find(node.vm);
      lies = lies || (box != nullptr && box->has_lied());
      const bool carries = node.state == model::NodeState::in_service && !node.asked_out &&
                           !node.cordoned && !node.quarantined;
      const bool counts = carries || id == move.node.id;
      const auto entered = entered_.find({move.brain, id});
      // Who comes in the very tick in which another leaves was not there when it was decided.
      if (entered != entered_.end() && now - entered->second < 1s) continue;
      if (counts && entered != entered_.end() && now - entered->second < window - slack) {
        return "node " + id.str() + " has only just come";
      }
    }
    if (lies) return "";
    const auto erring = erring_since_.find(move.node.zone);
    if (erring != erring_since_.end() && now - erring->second >= to_see_errors) {
      return "many answers are errors";
    }
    if (window < looked_back) return "";
    const double peak = lasting_peak(loads_[move.node.zone]);
    const int needed = static_cast<int>(std::ceil(peak / (world.scenario().node_rps * target)));
    const int left = left_in(fleet, move) + carry_beside(world, fleet, move.node.zone);
    if (left >= needed - 1) return "";
    return "the last five minutes needed " + std::to_string(needed) + " servers, and " +
           std::to_string(left) + " are left";
  }

  static double lasting_peak(const std::deque<double>& loads) {
    double peak = 0;
    for (std::size_t i = 0; i + lasting <= loads.size(); i += lasting) {
      const auto from = loads.begin() + static_cast<std::ptrdiff_t>(i);
      peak = std::max(peak, *std::min_element(from, from + lasting));
    }
    return peak;
  }

  std::map<std::size_t, MonoTime> started_;
  std::map<std::pair<std::size_t, NodeId>, MonoTime> entered_;
  std::map<ZoneId, std::deque<double>> loads_;
  std::map<ZoneId, MonoTime> erring_since_;
};

}  // namespace

std::unique_ptr<Checker> make_shrinking_checker() {
  return std::make_unique<Shrinking>();
}

}  // namespace edgeherd::sim
