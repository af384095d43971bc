#include "tests/sim/points.h"

#include <algorithm>

#include "coordinator/sim/check/referee.h"
#include "tests/sim/orders.h"

namespace edgeherd::sim {

namespace {

constexpr Duration intrusion_lasts = 30s;

// Counts the places of a life, and does at one of them what is to be done there.
class Striker final : public Watcher {
 public:
  explicit Striker(std::size_t life) : life_(life) {}

  void aim(const Point& point) { point_ = &point; }
  void take_notes(std::vector<Place>& places) { places_ = &places; }

  Stroke meet(World& world, const Deed& deed) {
    if (!reached(std::string(to_string(deed.kind)) + " " + deed.what, false)) return Stroke::none;
    world.diary.write("STRUCK " + point_->name + " at " + std::string(to_string(deed.kind)) + " " +
                      deed.what);
    // An order that comes at this moment is heard once this turn is over.
    if (point_->intrusion) world.loop.post([this, &world] { intrude(world); });
    return point_->stroke;
  }

  // An order that has come during a tick is the first thing after it.
  void ticked(World& world, std::size_t /*brain*/) override {
    if (world.brains.front()->controller().last_plan().actions.empty()) return;
    if (!reached("tick", true)) return;
    world.diary.write("STRUCK " + point_->name + " after a tick");
    intrude(world);
  }

 private:
  bool reached(std::string what, bool tick) {
    if (places_ != nullptr) places_->push_back({life_, count_, std::move(what), tick});
    return count_++ == (point_ != nullptr ? point_->place.nth : ~std::size_t{0});
  }

  void intrude(World& world) const {
    const Intrusion& intrusion = intrusions()[*point_->intrusion];
    if (world.controller() == nullptr) return;
    intrusion.begin(world);
    world.loop.after(intrusion_lasts, [&world, &intrusion] { intrusion.end(world); });
  }

  const std::size_t life_;
  const Point* point_ = nullptr;
  std::vector<Place>* places_ = nullptr;
  std::size_t count_ = 0;
};

Outcome run(std::size_t index, Striker& striker, const Audience& audience) {
  const Life& life = lives()[index];
  World world(life.scenario);
  if (life.prepare) life.prepare(world);
  Referee referee(world);
  Script script(life);
  world.watch(referee);
  world.watch(script);
  world.watch(striker);
  if (audience.watcher != nullptr) world.watch(*audience.watcher);
  if (audience.on_line) world.diary.on_line(audience.on_line);
  world.strike_with(
      [&](std::size_t /*brain*/, const Deed& deed) { return striker.meet(world, deed); });
  world.run();
  Outcome outcome;
  outcome.digest = world.diary.digest();
  outcome.lines = world.diary.lines();
  outcome.simulated = world.elapsed();
  outcome.node_hours = world.node_seconds() / 3600;
  outcome.events = world.events();
  outcome.violation = world.violation();
  if (outcome.violation) {
    const auto& newest = world.diary.newest();
    const auto kept = static_cast<std::ptrdiff_t>(std::min(newest.size(), kept_lines));
    outcome.last_lines.assign(newest.end() - kept, newest.end());
  }
  return outcome;
}

std::string name_of(const Place& place, std::string_view kind) {
  return lives()[place.life].name + ":" + std::to_string(place.nth) + ":" + std::string(kind);
}

void in_all_zones(World& world, const std::function<void(model::ZonePolicy&)>& edit) {
  for (auto& [id, zone] : world.policy.zones) edit(zone);
  world.reload();
}

}  // namespace

const std::vector<Intrusion>& intrusions() {
  static const std::vector<Intrusion> all = {
      {"pause",
       [](World& world) {
         world.controller()->pause(std::string(somebody_elses), [](const Status&) {});
       },
       [](World& world) {
         act::Controller* controller = world.controller();
         const bool his =
             controller != nullptr && controller->fleet().pause_reason() == somebody_elses;
         if (his) controller->resume([](const Status&) {});
       }},
      {"shadow",
       [](World& world) {
         in_all_zones(world, [](model::ZonePolicy& zone) { zone.shadow = true; });
       },
       [](World& world) {
         in_all_zones(world, [](model::ZonePolicy& zone) { zone.shadow = false; });
       }},
  };
  return all;
}

Course undisturbed(std::size_t life, const Audience& audience) {
  Course course;
  Striker striker(life);
  striker.take_notes(course.places);
  course.violation = run(life, striker, audience).violation;
  return course;
}

std::vector<Point> deaths(const std::vector<Place>& places) {
  std::vector<Point> points;
  for (const Place& place : places) {
    if (place.tick) continue;
    for (const Stroke stroke : {Stroke::before, Stroke::torn, Stroke::after}) {
      points.push_back({place, stroke, std::nullopt, name_of(place, to_string(stroke))});
    }
  }
  return points;
}

std::vector<Point> interruptions(const std::vector<Place>& places) {
  std::vector<Point> points;
  for (const Place& place : places) {
    for (std::size_t i = 0; i < intrusions().size(); ++i) {
      points.push_back({place, Stroke::none, i, name_of(place, intrusions()[i].name)});
    }
  }
  return points;
}

Outcome play(const Point& point, const Audience& audience) {
  Striker striker(point.place.life);
  striker.aim(point);
  return run(point.place.life, striker, audience);
}

}  // namespace edgeherd::sim
