// A node that lives for years: its manifest stays within what the coordinator takes.
#include "common/archive/manifest.h"
#include "tests/sim/agent_world.h"

namespace edgeherd::sim {

TEST_CASE("a node with many stored segments rotates by age more seldom, and loses nothing") {
  World world;
  logs::ShipperConfig habits = config();
  habits.rotate_age = 10s;
  habits.many_segments = 5;
  habits.rotate_age_of_many = 2min;
  world.begin(habits);
  world.serve(70, 1);
  const auto rotations = [&] { return world.agent->shipper().totals().rotations; };
  const auto before = rotations();
  CHECK(before >= 5);
  world.serve(480, 1);
  CHECK(rotations() - before >= 3);
  CHECK(rotations() - before <= 5);
  REQUIRE(world.flush().ok());
  world.check_every_line_stored_once();
  CHECK(world.manifest_names_every_segment());
}

TEST_CASE("ten years of rotations by age fit into one manifest") {
  const logs::ShipperConfig usual;
  const double many = static_cast<double>(usual.many_segments);
  const double first = many * seconds(usual.rotate_age);
  const double rest = 10 * 365 * 86'400.0 - first;
  CHECK(many + rest / seconds(usual.rotate_age_of_many) < archive::max_manifest_segments);

  archive::Manifest manifest;
  manifest.node = "lon1-abcdefghij";
  for (std::uint64_t seq = 1; seq <= 1000; ++seq) {
    manifest.segments.push_back({seq + 200'000,
                                 "logs/digitalocean/lon1/lon1-abcdefghij/2026-11-25/" +
                                     std::to_string(seq + 200'000) + ".log.gz",
                                 1'000'000, 30'000'000, std::string(64, 'a')});
  }
  const double each = static_cast<double>(to_json(manifest).size()) / 1000;
  CHECK(each * archive::max_manifest_segments < archive::max_manifest_bytes);
}

}  // namespace edgeherd::sim
