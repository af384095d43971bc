// Relay: a provider, and what it stands on. Private to coordinator/sim/front.
#pragma once

#include <memory>
#include <utility>

#include "coordinator/act/provider.h"

namespace edgeherd::sim {

// `account` is what the API's answers are made of, `provider` what asks for them.
class Relay final : public act::Provider {
 public:
  Relay(std::unique_ptr<act::Provider> account, std::unique_ptr<act::Provider> provider)
      : account_(std::move(account)), provider_(std::move(provider)) {}

  void create(act::CreateRequest request, std::function<void(Result<model::Vm>)> done) override {
    provider_->create(std::move(request), std::move(done));
  }
  void destroy(VmId vm, std::function<void(Status)> done) override {
    provider_->destroy(std::move(vm), std::move(done));
  }
  void reboot(VmId vm, std::function<void(Status)> done) override {
    provider_->reboot(std::move(vm), std::move(done));
  }
  void list(std::function<void(Result<std::vector<model::Vm>>)> done) override {
    provider_->list(std::move(done));
  }
  void images(std::function<void(Result<std::vector<act::Image>>)> done) override {
    provider_->images(std::move(done));
  }

 private:
  std::unique_ptr<act::Provider> account_;
  std::unique_ptr<act::Provider> provider_;
};

}  // namespace edgeherd::sim
