#include "coordinator/app/provider_slot.h"

#include <utility>

namespace edgeherd::app {

template <class R>
void ProviderSlot::fail_later(std::function<void(R)> done) {
  loop_.post([done = std::move(done), id = id_] {
    done(fail(Errc::unavailable, "provider " + id.str() + " is not configured"));
  });
}

void ProviderSlot::create(act::CreateRequest request, std::function<void(Result<model::Vm>)> done) {
  if (filled_ == nullptr) return fail_later(std::move(done));
  filled_->create(std::move(request), std::move(done));
}

void ProviderSlot::destroy(VmId vm, std::function<void(Status)> done) {
  if (filled_ == nullptr) return fail_later(std::move(done));
  filled_->destroy(std::move(vm), std::move(done));
}

void ProviderSlot::reboot(VmId vm, std::function<void(Status)> done) {
  if (filled_ == nullptr) return fail_later(std::move(done));
  filled_->reboot(std::move(vm), std::move(done));
}

void ProviderSlot::list(std::function<void(Result<std::vector<model::Vm>>)> done) {
  if (filled_ == nullptr) return fail_later(std::move(done));
  filled_->list(std::move(done));
}

void ProviderSlot::images(std::function<void(Result<std::vector<act::Image>>)> done) {
  if (filled_ == nullptr) return fail_later(std::move(done));
  filled_->images(std::move(done));
}

}  // namespace edgeherd::app
