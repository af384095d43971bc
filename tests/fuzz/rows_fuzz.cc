// Any bytes as a row of the state store, the first byte choosing the table: they are refused, or
// read, and what was read is written as a row that reads the same.
#include <chrono>

#include "common/sim/sim_loop.h"
#include "coordinator/act/core/durable.h"
#include "coordinator/act/core/folded.h"
#include "coordinator/act/core/store_clock.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;
using namespace edgeherd::act;

namespace {

const Instant now{MonoTime(1000s), from_unix_millis(1'800'000'000'000)};
const model::Policy policy;

// `write` of what `read` gave must be a fixed point.
template <class Read, class Write>
void check(std::string_view body, Read read, Write write) {
  const auto first = read(body);
  if (!first.ok()) {
    fuzz::require(!first.error().message.empty());
    return;
  }
  const std::string once = write(*first);
  const auto again = read(std::string_view(once));
  fuzz::require(again.ok() && write(*again) == once);
}

// The clock goes on from what the row says, on the same boot and on another.
void check_clock(std::string_view body) {
  const sim::SimLoop loop;
  for (const char* boot : {"b", "other", ""}) {
    const auto clock = read_clock(body, boot, loop.clock());
    if (!clock.ok()) continue;
    const auto again =
        read_clock(clock_body(*clock, loop.clock().mono()), clock->boot, loop.clock());
    fuzz::require(again.ok() && again->boot == clock->boot);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body = fuzz::text_of(data + 1, size - 1);
  switch (data[0] % 13) {
    case 0:
      check(
          body, [](std::string_view text) { return read_node("n", text, policy, now); },
          [](const model::Node& node) { return node_body(node, now); });
      break;
    case 1:
      check(
          body, [](std::string_view text) { return read_placement("p/l/s", text, policy, now); },
          [](const PlacementRow& row) { return placement_body(row.id, row.placement, now); });
      break;
    case 2:
      check(
          body, [](std::string_view text) { return read_departure("d", text, policy, now); },
          [](const model::Departure& departure) { return departure_body(departure, now); });
      break;
    case 3:
      check(
          body, [](std::string_view text) { return read_launch("n", text, policy, now); },
          [](const model::Launch& launch) { return launch_body(launch, now); });
      break;
    case 7:
      check(
          body, [](std::string_view text) { return read_health_change("k", text, policy, now); },
          [](const model::HealthChange& change) { return health_change_body(change, now); });
      break;
    case 8:
      check(
          body, [](std::string_view text) { return read_turn("z", text, policy, now); },
          [](const model::Turn& turn) { return turn_body(turn, now); });
      break;
    case 4:
      check(
          body, [](std::string_view text) { return read_intent("n/launch", text); }, intent_body);
      break;
    case 5:
      check(
          body, [](std::string_view text) { return read_segment("n/1", text); }, segment_body);
      break;
    case 9:
      check(
          body, [](std::string_view text) { return read_given_name("n", text); }, given_name_body);
      break;
    case 10:
      check(
          body, [](std::string_view text) { return read_folded("n", text); }, folded_body);
      break;
    case 11:
      check(
          body, [](std::string_view text) { return read_zone("p/z", text); }, zone_body);
      break;
    default:
      check(body, read_orders, orders_body);
      check(body, read_met, met_body);
      check_clock(body);
  }
  return 0;
}
