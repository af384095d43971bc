#include "tests/sim/coordinator_world.h"

#include <algorithm>

#include "coordinator/evidence/replan.h"
#include "tests/support/catch.h"

namespace edgeherd::sim {

CoordinatorWorld::CoordinatorWorld(std::uint64_t seed)
    : random(seed),
      store(loop, random.fork()),
      cloud(loop, random.fork(), account.str()),
      dns(loop),
      archive(loop, "logs"),
      edges(loop, random.fork(), cloud, dns, archive) {
  history.on_snapshot([](const std::string& snapshot) {
    const auto differs = evidence::replan_differs(snapshot);
    REQUIRE(differs);
    INFO(differs->value_or(""));
    CHECK_FALSE(*differs);
  });
}

CoordinatorWorld::~CoordinatorWorld() {
  if (controller_) crash();
}

model::Policy CoordinatorWorld::small_policy() {
  model::Policy policy;
  policy.fleet_id = "test-fleet";
  model::ZonePolicy& lon = policy.zones[zone];
  lon.id = zone;
  lon.provider = account;
  lon.region = RegionId("lon");
  lon.place = "lon1";
  lon.min_servers = 2;
  lon.max_servers = 10;
  lon.image = ImageId("image-1");
  lon.image_version = "v1";
  lon.size = "small";
  lon.capacity.requests_per_s = 100;
  lon.dns_name = name;
  lon.dns_ttl = 10s;
  policy.timings.drain_deadline = 1min;
  policy.timings.flush_deadline = 2min;
  policy.timings.create_settle = 10s;
  policy.timings.inventory_period = 10s;
  policy.timings.start_up = 1min;
  policy.scaling.scale_in_stabilisation = 1min;
  return policy;
}

void CoordinatorWorld::start() {
  REQUIRE_FALSE(controller_);
  process_ = std::make_unique<SimProcessLoop>(loop);
  process_random_ = std::make_unique<SimRandom>(random.fork());
  store.attach(*process_);
  history.attach(*process_);
  cloud.attach(*process_);
  dns.attach(*process_);
  act::Seams seams;
  seams.loop = process_.get();
  seams.random = process_random_.get();
  seams.store = &store;
  seams.history = &history;
  seams.notifier = &notifier;
  seams.agents = &edges;
  seams.archive = &archive;
  if (has_dns) seams.dns = &dns;
  seams.accounts[account] = {&cloud, limits};
  act::ControllerSettings settings;
  settings.user_data.coordinators = {{"tcp://127.0.0.1:1", "tcp://127.0.0.1:2", "key"}};
  settings.user_data.enrolment_token = [](const NodeId& id) { return "enroll-" + id.str(); };
  settings.user_data.probe_token = [](const NodeId& id) { return "probe-" + id.str(); };
  auto restored = act::restore(store, policy, process_->clock(), "one boot");
  INFO((restored.ok() ? std::string() : restored.error().message));
  REQUIRE(restored.ok());
  controller_ = std::make_unique<act::Controller>(seams, settings, policy);
  edges.attach(controller_.get());
  controller_->start(std::move(*restored), [](const Status&) {});
}

void CoordinatorWorld::crash() {
  edges.attach(nullptr);
  cloud.detach();
  dns.detach();
  store.crash();
  process_->kill();
  controller_.reset();
}

int CoordinatorWorld::in_state(model::NodeState state) const {
  const auto& nodes = fleet().nodes();
  return static_cast<int>(std::count_if(nodes.begin(), nodes.end(),
                                        [&](const auto& n) { return n.second.state == state; }));
}

const model::Node& CoordinatorWorld::only_node() const {
  REQUIRE(fleet().nodes().size() == 1);
  return fleet().nodes().begin()->second;
}

void CoordinatorWorld::check_promises() const {
  for (const auto& [node, most] : cloud.most_at_once()) {
    INFO("intent " << node);
    CHECK(most <= 1);
  }
  for (const auto& [node, bodies] : cloud.asked_with()) {
    INFO("intent " << node);
    CHECK(bodies.size() == 1);
  }
  std::set<std::string> ours;
  for (const auto& [id, server] : cloud.servers()) ours.insert(server.vm.address);
  for (const std::string& address : dns.addresses(name)) {
    INFO("address " << address);
    CHECK(ours.contains(address));
  }
}

std::string CoordinatorWorld::story(std::size_t notes) const {
  std::string text;
  if (controller_) {
    for (const auto& [id, node] : fleet().nodes()) {
      text += id.str() + " " + std::string(to_string(node.state)) + " vm '" + node.vm.str() + "' " +
              std::string(to_string(node.verdict)) + " " + node.call_failure + "\n";
    }
  }
  text += std::to_string(cloud.servers().size()) + " servers\n";
  if (!history.decisions().empty()) text += history.decisions().back().body + "\n";
  const auto& all = history.notes();
  for (std::size_t i = all.size() - std::min(notes, all.size()); i < all.size(); ++i) {
    text += std::to_string(unix_millis(all[i].at) % 100'000'000) + " " + all[i].note.code + " " +
            all[i].note.node.str() + " " + all[i].note.text + "\n";
  }
  return text;
}

}  // namespace edgeherd::sim
