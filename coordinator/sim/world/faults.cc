#include "coordinator/sim/world/faults.h"

#include <iterator>

namespace edgeherd::sim {

namespace {

Undo begin_fault(World& world, const Fault& fault) {
  const FaultKind kind = fault.kind;
  if (kind <= FaultKind::net_stranger) return begin_network_fault(world, fault);
  if (kind <= FaultKind::disk_failing) return begin_box_fault(world, fault);
  if (kind <= FaultKind::vm_foreign) return begin_cloud_fault(world, fault);
  if (kind <= FaultKind::archive_clock) return begin_service_fault(world, fault);
  if (kind <= FaultKind::second_brain) return begin_brain_fault(world, fault);
  return begin_people_fault(world, fault);
}

}  // namespace

void Faults::schedule() {
  const MonoTime start = world_.loop.clock().mono();
  const auto& faults = world_.scenario().faults;
  for (std::size_t i = 0; i < faults.size(); ++i) {
    world_.loop.at(start + faults[i].at, [this, i] { begin(i); });
  }
}

void Faults::begin(std::size_t index) {
  if (world_.faults_over()) return;
  const Fault& fault = world_.scenario().faults[index];
  world_.diary.write("fault " + std::to_string(index) +
                     " begins: " + std::string(to_string(fault.kind)));
  Undo undo = begin_fault(world_, fault);
  if (!undo) return;
  if (fault.lasts <= Duration{}) return undo();
  lasting_[index] = std::move(undo);
  world_.loop.after(fault.lasts, [this, index] { end(index); });
}

void Faults::end(std::size_t index) {
  const auto found = lasting_.find(index);
  if (found == lasting_.end()) return;
  const Undo undo = std::move(found->second);
  lasting_.erase(found);
  world_.diary.write("fault " + std::to_string(index) + " ends");
  undo();
}

void Faults::end_all() {
  while (!lasting_.empty()) end(lasting_.begin()->first);
}

const ZoneScenario& struck_zone(const World& world, const Fault& fault) {
  const auto& zones = world.scenario().zones;
  return zones[fault.pick % zones.size()];
}

Box* struck_box(World& world, const Fault& fault) {
  const auto& boxes = world.yard.all();
  if (boxes.empty()) return nullptr;
  return std::next(boxes.begin(), static_cast<std::ptrdiff_t>(fault.pick % boxes.size()))
      ->second.get();
}

SimProvider& struck_cloud(World& world, const Fault& fault) {
  const auto at = static_cast<std::ptrdiff_t>(fault.pick % world.clouds.size());
  return *std::next(world.clouds.begin(), at)->second;
}

SimRandom random_of(const Fault& fault) {
  return SimRandom(fault.pick ^ 0x9e3779b97f4a7c15ULL);
}

}  // namespace edgeherd::sim
