// Where the provider suite runs: the local provider, with an image whose init only waits; and the
// twin of a cloud in virtual time.
#pragma once

#include <fstream>
#include <memory>

#include <sys/stat.h>

#include "common/os/real.h"
#include "coordinator/providers/local/local_provider.h"
#include "coordinator/sim/sim_provider.h"
#include "tests/contract/sim_world.h"
#include "tests/support/real_loop.h"
#include "tests/support/temp_directory.h"

namespace edgeherd::test {

class LocalWorld : public RealLoop {
 public:
  // Whether a second creation for one intent is known for what it is.
  static constexpr bool knows_intents = true;

  LocalWorld() {
    options_.account = ProviderId("local");
    options_.root = dir_.file("root");
    options_.images = dir_.file("images");
    options_.stop_patience = 300ms;
    add_image("v1", "[\"sleep\", \"1000000\"]");
    provider_ = make();
  }
  ~LocalWorld() {
    options_.faults = {};
    restart();
    const auto vms =
        await<Result<std::vector<model::Vm>>>(*this, [&](auto done) { provider_->list(done); });
    if (!vms) return;
    for (const model::Vm& vm : *vms) {
      (void)await<Status>(*this, [&](auto done) { provider_->destroy(vm.id, done); }).ok();
    }
  }

  [[nodiscard]] act::Provider& provider() { return *provider_; }
  [[nodiscard]] local::Options& options() { return options_; }
  [[nodiscard]] std::string image() const { return "v1"; }
  [[nodiscard]] std::string node_file(const VmId& vm, const std::string& name) const {
    return options_.root + "/nodes/" + vm.str() + "/" + name;
  }

  void add_image(const std::string& version, const std::string& boot) {
    const std::string directory = options_.images + "/" + version;
    std::filesystem::create_directories(directory);
    std::ofstream(directory + "/image.json")
        << "{ \"schema\": 1, \"name\": \"Image " << version
        << "\", \"created\": \"2026-01-02T03:04:05Z\", \"boot\": " << boot << " }";
  }

  // Another coordinator takes over: what the provider knew besides the disk is gone.
  void restart() {
    provider_.reset();
    provider_ = make();
  }

  void fail_next_list() {
    options_.faults.list_fail_next = 1;
    restart();
    options_.faults.list_fail_next = 0;
  }
  void sell_out(const std::string& place) {
    options_.faults.out_of_stock.insert(place);
    restart();
  }
  void fail_next_create() {
    options_.faults.create_fail_next = 1;
    restart();
    options_.faults.create_fail_next = 0;
  }
  // Somebody else deletes it.
  void vanish(const VmId& vm) {
    const auto other = make();
    REQUIRE(await<Status>(*this, [&](auto done) { other->destroy(vm, done); }));
  }
  // The server is made, but the coordinator does not hear of it.
  void lose_next_answer() {
    options_.faults.create_lose_answer_next = 1;
    restart();
    options_.faults.create_lose_answer_next = 0;
  }

 private:
  std::unique_ptr<act::Provider> make() {
    return std::make_unique<local::LocalProvider>(options_, loop(), random_);
  }

  TempDirectory dir_;
  os::RealRandom random_;
  local::Options options_;
  std::unique_ptr<act::Provider> provider_;
};

class SimCloudWorld : public SimWorld {
 public:
  static constexpr bool knows_intents = false;

  SimCloudWorld() { provider_.attach(loop()); }
  [[nodiscard]] act::Provider& provider() { return provider_; }
  [[nodiscard]] std::string image() const { return "image-1"; }

  // The weather strikes when a call is made: it is fair again once the loop runs.
  void fail_next_list() { strike(&sim::CloudWeather::fail_list); }
  void fail_next_create() { strike(&sim::CloudWeather::refuse_create); }
  void lose_next_answer() { strike(&sim::CloudWeather::lose_answer); }
  void throttle_next_create() { strike(&sim::CloudWeather::throttle); }
  void vanish(const VmId& vm) { provider_.vanish(vm); }
  void turn_off(const VmId& vm) { provider_.set_power(vm, model::Power::stopped); }
  void sell_out(const std::string& place) { provider_.weather().out_of_stock.insert(place); }

 private:
  void strike(double sim::CloudWeather::*trouble) {
    provider_.weather().*trouble = 1;
    loop().post([this, trouble] { provider_.weather().*trouble = 0; });
  }

  sim::SimProvider provider_{loop(), sim::SimRandom(1), "cloud"};
};

}  // namespace edgeherd::test
