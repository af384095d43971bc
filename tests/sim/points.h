// Points: where a life can be struck. At every deed of the coordinator it dies, before, amid or
// after it; and at every deed, and after every tick that has something to do, an order or a change
// of the world comes in between.
//
// Thread: the caller's. Everything is a function of the build.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/sim/run/apart.h"
#include "tests/sim/lives.h"

namespace edgeherd::sim {

// What comes in between: it begins at the point, and is taken back half a minute later.
struct Intrusion {
  std::string name;
  std::function<void(World&)> begin;
  std::function<void(World&)> end;
};
[[nodiscard]] const std::vector<Intrusion>& intrusions();

// One place of one life.
struct Place {
  std::size_t life = 0;  // in lives()
  std::size_t nth = 0;   // of the life's deeds and busy ticks, from 0
  std::string what;      // "commit node lon1-x", "tick"
  bool tick = false;     // after a tick that has something to do: nobody dies here
};

struct Point {
  Place place;
  Stroke stroke = Stroke::none;
  std::optional<std::size_t> intrusion;  // in intrusions()
  std::string name;                      // "life:17:torn", "orders:40:shadow"
};

// A life that nobody strikes: its places, and what it breaks of itself.
struct Course {
  std::vector<Place> places;
  std::optional<Violation> violation;
};
[[nodiscard]] Course undisturbed(std::size_t life, const Audience& audience = {});

// Every way to be struck at these places.
[[nodiscard]] std::vector<Point> deaths(const std::vector<Place>& places);
[[nodiscard]] std::vector<Point> interruptions(const std::vector<Place>& places);

// Plays a point's life and strikes it there, with all checkers watching.
[[nodiscard]] Outcome play(const Point& point, const Audience& audience = {});

}  // namespace edgeherd::sim
