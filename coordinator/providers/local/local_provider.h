// The `local` provider: servers are directories and processes of this machine, on addresses of
// their own in 127.0.0.0/8. They outlive the coordinator, and the next one finds them again.
//
// The order of calls is kept. Everything slow runs on a thread of its own. The errors are the
// seam's; the configured faults fail in the same words as a provider that really is in trouble.
#pragma once

#include <memory>

#include "common/core/event_loop.h"
#include "common/core/random.h"
#include "coordinator/act/seams/provider.h"
#include "coordinator/providers/local/options.h"

namespace edgeherd::local {

// Calls under way; beyond it a call fails with `throttled`.
inline constexpr int max_calls = 256;

class LocalProvider final : public act::Provider {
 public:
  // `loop` and `random` outlive the provider. No `done` is called after its destruction.
  LocalProvider(Options options, EventLoop& loop, Random& random);
  ~LocalProvider() override;

  void create(act::CreateRequest request, std::function<void(Result<model::Vm>)> done) override;
  void destroy(VmId vm, std::function<void(Status)> done) override;
  // Asks the server to stop, waits for that within stop_patience, then cuts and restores its power.
  void reboot(VmId vm, std::function<void(Status)> done) override;
  void list(std::function<void(Result<std::vector<model::Vm>>)> done) override;
  void images(std::function<void(Result<std::vector<act::Image>>)> done) override;

  // From a reload: takes the place of the faults that were configured before.
  void set_faults(Faults faults);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::local
