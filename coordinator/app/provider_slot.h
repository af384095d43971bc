// ProviderSlot: the provider of an account that has servers, but no configuration: its file was
// gone at the start. Every call fails with `unavailable` and says so, and the rest of the fleet
// goes on; its servers are shown and left as they are. Once the file is back the slot passes every
// call on.
//
// Thread: the loop's. Owner: the app; outlives the controller, whose account it is.
#pragma once

#include "common/core/event_loop.h"
#include "coordinator/act/seams/provider.h"

namespace edgeherd::app {

class ProviderSlot final : public act::Provider {
 public:
  ProviderSlot(EventLoop& loop, ProviderId id) : loop_(loop), id_(std::move(id)) {}

  // From now on; `provider` outlives the slot's use.
  void fill(act::Provider& provider) { filled_ = &provider; }

  void create(act::CreateRequest request, std::function<void(Result<model::Vm>)> done) override;
  void destroy(VmId vm, std::function<void(Status)> done) override;
  void reboot(VmId vm, std::function<void(Status)> done) override;
  void list(std::function<void(Result<std::vector<model::Vm>>)> done) override;
  void images(std::function<void(Result<std::vector<act::Image>>)> done) override;

 private:
  template <class R>
  void fail_later(std::function<void(R)> done);

  EventLoop& loop_;
  ProviderId id_;
  act::Provider* filled_ = nullptr;
};

}  // namespace edgeherd::app
