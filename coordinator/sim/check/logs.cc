// P10: no access-log line that nginx wrote is lost while the server's disk lives, and every loss is
// counted. Logs are given up by an operator's order, after they were held as long as they are to
// be, or where as many others of the zone are held already.
//
// When the coordinator destroys a server, each line that its nginx wrote is in the archive, or was
// told to be lost; none is there twice. At the end the same holds for servers that live, whose
// lines may also lie on their disks. Excused is a second server of one launch, which is never named,
// where its cloud gave it an address that a name still gives, of a server that vanished.
#include <algorithm>
#include <map>
#include <set>

#include "common/archive/archive.h"
#include "coordinator/sim/check/checkers.h"
#include "coordinator/sim/world/line_numbers.h"

namespace edgeherd::sim {

namespace {

constexpr Duration slack = 5min;  // of a flushing that began before

class Logs final : public Checker {
 public:
  void noted(World& world, const model::Note& note) override {
    if (note.code == "node_held") held_since_.try_emplace(note.node, world.loop.clock().mono());
    if (note.code != "logs_given_up" || !given_up_.insert(note.node).second) return;
    const model::Timings& timings = world.policy.timings;
    if (world.given_up.contains(note.node)) return;
    if (timings.flush_failure == model::FlushFailure::terminate) return;
    if (others_held(world, note.zone) >= timings.hold_per_zone) return;
    const auto since = held_since_.find(note.node);
    // Counted from its flushing on, which began no more than a deadline before.
    const Duration held = since == held_since_.end()
                              ? Duration{}
                              : world.loop.clock().mono() - since->second + timings.flush_deadline;
    if (held + slack >= timings.hold_limit) return;
    world.violated("P10", "the logs of " + note.node.str() + " are given up, held for " +
                              std::to_string(static_cast<int>(seconds(held))) + " s");
  }

  void second(World& world) override {
    for (const auto& [vm, box] : world.yard.all()) {
      if (seen_.insert(vm).second && is_named(world, box->vm().address)) inherits_.insert(vm);
    }
  }

  void destroying(World& world, const model::Vm& vm) override {
    Box* box = world.yard.find(vm.id);
    if (box == nullptr || box->nginx().written() == 0) return;
    if (world.given_up.contains(vm.node) || given_up_.contains(vm.node)) return;
    if (inherits_.contains(vm.id) && is_a_second_one(world, vm)) return;
    check(world, *box, archived(world, vm), "destroyed");
  }

  void ended(World& world) override {
    for (const auto& [vm, box] : world.yard.all()) {
      std::set<std::uint64_t> lines = archived(world, box->vm());
      lines.merge(box->lines_on_disk());
      // Stored once, and deleted there by somebody: not before the server is destroyed must it be
      // told.
      for (const auto& [key, body] : world.taken) {
        const bool its = key.find("/" + box->vm().node.str() + "/") != std::string::npos;
        if (its) (void)collect_line_numbers(body, lines);
      }
      check(world, *box, lines, "alive");
      if (world.violation()) return;
    }
  }

 private:
  static int others_held(World& world, const ZoneId& zone) {
    int most = 0;
    for (const auto& brain : world.brains) {
      if (!brain->alive()) continue;
      int held = 0;
      for (const auto& [id, node] : brain->controller().fleet().nodes()) {
        held += node.zone == zone && node.held ? 1 : 0;
      }
      most = std::max(most, held);
    }
    return most;
  }

  static bool is_named(const World& world, const std::string& address) {
    return std::ranges::any_of(world.dns.sets(), [&](const auto& entry) {
      return entry.second.addresses.contains(address);
    });
  }

  // Its agent cannot enrol, and nobody takes its lines (docs/known-limits.md).
  static bool is_a_second_one(const World& world, const model::Vm& vm) {
    return std::ranges::any_of(world.brains, [&](const auto& brain) {
      if (!brain->alive()) return false;
      const model::Node* second =
          brain->controller().fleet().node(model::double_of(vm.node, vm.id));
      return second != nullptr && second->cause == model::Cause::duplicate;
    });
  }

  // The numbers of the lines that are stored for this server's node.
  std::set<std::uint64_t> archived(World& world, const model::Vm& vm) {
    const ZoneId zone = world.zone_of(vm);
    const std::size_t slash = zone.str().find('/');
    const auto key = world.archive.manifest_key(
        {zone.str().substr(0, slash), zone.str().substr(slash + 1), vm.node.str()});
    std::set<std::uint64_t> lines;
    if (!key.ok()) return lines;
    const std::string prefix = key->substr(0, key->rfind('/') + 1);
    const auto& objects = world.archive.objects();
    for (auto at = objects.lower_bound(prefix); at != objects.end(); ++at) {
      if (!at->first.starts_with(prefix)) break;
      if (!at->first.ends_with(".log.gz")) continue;
      if (collect_line_numbers(at->second, lines) > 0) {
        world.violated("P10", "lines are stored twice in " + at->first);
      }
    }
    return lines;
  }

  static void check(World& world, Box& box, const std::set<std::uint64_t>& lines,
                    const std::string& state) {
    const std::uint64_t written = box.nginx().written();
    std::uint64_t missing = written;
    for (const std::uint64_t line : lines) missing -= line >= 1 && line <= written ? 1 : 0;
    if (missing <= box.lines_given_up()) return;
    world.violated("P10", std::to_string(missing) + " of " + std::to_string(written) +
                              " lines of server " + box.vm().id.str() + " (" + state + ", " +
                              box.vm().node.str() + ") are nowhere, " +
                              std::to_string(box.lines_given_up()) + " were told to be lost");
  }

  std::set<NodeId> given_up_;
  std::map<NodeId, MonoTime> held_since_;
  std::set<VmId> seen_;
  std::set<VmId> inherits_;  // made with an address that viewers were still given
};

}  // namespace

std::unique_ptr<Checker> make_log_checker() {
  return std::make_unique<Logs>();
}

}  // namespace edgeherd::sim
