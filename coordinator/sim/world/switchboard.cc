#include "coordinator/sim/world/switchboard.h"

#include <algorithm>

namespace edgeherd::sim {

namespace {

constexpr Duration most_reconnect = 3s;

}  // namespace

// One agent's connection to one coordinator.
struct Switchboard::Line {
  Line(SimLoop& world, SimRandom own, std::size_t coordinator, model::Vm server, AgentKey name)
      : random(own),
        fleet(world, random),
        enroll(world, random),
        index(coordinator),
        vm(std::move(server)),
        key(std::move(name)) {}

  SimRandom random;
  SimLink fleet;
  SimLink enroll;
  const std::size_t index;
  const model::Vm vm;
  const AgentKey key;
  std::string routing;
  std::function<void(std::size_t)> connected;
};

Switchboard::Switchboard(SimLoop& world, SimRandom random, Duration delay)
    : world_(world), random_(random), delay_(delay) {}
Switchboard::~Switchboard() = default;

std::vector<Switchboard::Ends> Switchboard::plug_in(const model::Vm& vm, const AgentKey& key,
                                                    std::size_t coordinators,
                                                    std::function<void(std::size_t)> connected) {
  unplug(vm.id);
  std::vector<Ends> ends;
  if (exchanges_.size() < coordinators) exchanges_.resize(coordinators);
  if (by_routing_.size() < coordinators) by_routing_.resize(coordinators);
  for (std::size_t index = 0; index < coordinators; ++index) {
    auto line = std::make_shared<Line>(world_, random_.fork(), index, vm, key);
    line->connected = connected;
    const auto listen = [this, at = line.get()](SimLink& link, observe::Port port) {
      link.far().on_message([this, at, port](std::string_view bytes) {
        Exchange* exchange = exchanges_[at->index];
        if (exchange != nullptr) exchange->receive(port, at->routing, at->key, bytes);
      });
    };
    listen(line->fleet, observe::Port::fleet);
    listen(line->enroll, observe::Port::enroll);
    come_up(*line);
    apply_weather(*line);
    ends.push_back({&line->fleet.near(), &line->enroll.near()});
    lines_[vm.id].push_back(std::move(line));
  }
  return ends;
}

void Switchboard::come_up(Line& line) {
  by_routing_[line.index].erase(line.routing);
  line.routing = "r" + std::to_string(++last_routing_);
  by_routing_[line.index][line.routing] = &line;
}

void Switchboard::unplug(const VmId& vm) {
  const auto found = lines_.find(vm);
  if (found == lines_.end()) return;
  for (const auto& line : found->second) by_routing_[line->index].erase(line->routing);
  lines_.erase(found);
}

void Switchboard::attach(std::size_t index, Exchange& exchange) {
  if (exchanges_.size() <= index) exchanges_.resize(index + 1);
  if (by_routing_.size() <= index) by_routing_.resize(index + 1);
  exchanges_[index] = &exchange;
  // The agents notice one after the other.
  for (auto& [vm, lines] : lines_) {
    if (index >= lines.size()) continue;
    const Duration wait = from_seconds(random_.unit() * seconds(most_reconnect));
    world_.after(wait, [this, weak = std::weak_ptr<Line>(lines[index])] {
      const auto line = weak.lock();
      if (!line || exchanges_[line->index] == nullptr) return;
      come_up(*line);
      line->connected(line->index);
    });
  }
}

void Switchboard::detach(std::size_t index) {
  if (index < exchanges_.size()) exchanges_[index] = nullptr;
}

Status Switchboard::send(std::size_t index, observe::Port port, std::string_view routing_id,
                         std::string_view bytes) {
  const auto found = by_routing_[index].find(routing_id);
  if (found == by_routing_[index].end()) return fail(Errc::not_found, "no such connection");
  Line& line = *found->second;
  return (port == observe::Port::fleet ? line.fleet : line.enroll).far().send(bytes);
}

void Switchboard::say_as(std::size_t index, observe::Port port, const AgentKey& key,
                         std::string_view bytes) {
  if (index >= exchanges_.size() || exchanges_[index] == nullptr) return;
  std::string routing = "of-a-stranger";
  for (const auto& [name, line] : by_routing_[index]) {
    if (line->key == key) routing = name;
  }
  exchanges_[index]->receive(port, routing, key, bytes);
}

AgentKey Switchboard::key_of(std::size_t index, std::string_view routing_id) const {
  const auto found = by_routing_[index].find(routing_id);
  return found == by_routing_[index].end() ? AgentKey() : found->second->key;
}

void Switchboard::say_to(std::size_t index, const AgentKey& key, std::string_view bytes) {
  for (const auto& [vm, lines] : lines_) {
    if (index < lines.size() && lines[index]->key == key) {
      (void)lines[index]->fleet.far().send(bytes);
    }
  }
}

LinkConditions Switchboard::conditions(const model::Vm& vm, Direction direction) const {
  LinkConditions now;
  now.min_delay = delay_ / 2;
  now.max_delay = delay_;
  for (const auto& [id, effect] : effects_) {
    if (!effect.strikes(vm)) continue;
    const Path path = direction == Direction::near_to_far ? effect.to_coordinator : effect.to_agent;
    if (path == Path::lost || now.path == Path::open) now.path = path;
    now.loss = 1 - (1 - now.loss) * (1 - effect.loss);
    now.duplicate = std::max(now.duplicate, effect.duplicate);
    now.reorder = std::max(now.reorder, effect.reorder);
    now.max_delay = std::max(now.max_delay, effect.delay);
  }
  return now;
}

void Switchboard::apply_weather(Line& line) {
  for (const Direction direction : {Direction::near_to_far, Direction::far_to_near}) {
    const LinkConditions now = conditions(line.vm, direction);
    line.fleet.set_conditions(direction, now);
    line.enroll.set_conditions(direction, now);
  }
}

void Switchboard::apply_weather() {
  for (auto& [vm, lines] : lines_) {
    for (const auto& line : lines) apply_weather(*line);
  }
}

std::uint64_t Switchboard::put(NetEffect effect) {
  effects_[++last_effect_] = std::move(effect);
  apply_weather();
  return last_effect_;
}

void Switchboard::lift(std::uint64_t effect) {
  effects_.erase(effect);
  apply_weather();
}

bool Switchboard::cut_off(const model::Vm& vm) const {
  if (effects_.empty()) return false;
  return conditions(vm, Direction::near_to_far).path != Path::open ||
         conditions(vm, Direction::far_to_near).path != Path::open;
}

bool Switchboard::round_trip(const model::Vm& vm) {
  if (effects_.empty()) return true;
  for (const Direction direction : {Direction::near_to_far, Direction::far_to_near}) {
    const LinkConditions now = conditions(vm, direction);
    // TCP sends again what is lost, within a request's two seconds.
    if (now.path != Path::open || random_.unit() < now.loss * now.loss * now.loss) return false;
  }
  return true;
}

}  // namespace edgeherd::sim
