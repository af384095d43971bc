// Host: the machine that the `local` provider's VMs live on, as blocking calls.
//
// Thread: the provider's worker, one call at a time. What it knows is on disk and in /proc: a new
// Host finds the VMs of an earlier one, also after kill -9 in the middle of any call.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/file_system.h"
#include "common/core/random.h"
#include "coordinator/act/seams/provider.h"
#include "coordinator/providers/local/image_files.h"
#include "coordinator/providers/local/options.h"
#include "coordinator/providers/local/power_on.h"
#include "coordinator/providers/local/processes.h"
#include "coordinator/providers/local/vm_files.h"

namespace edgeherd::local {

// How this boot goes; the provider draws it.
struct Boot {
  Duration delay{};
  BootEnd end = BootEnd::runs;
};

class Host {
 public:
  // `files`, `clock` and `random` outlive the host and are its alone while a call runs.
  Host(Options options, FileSystem& files, const Clock& clock, Random& random);

  // The same node twice is the same VM. `out_of_stock` beyond the quota, `invalid` for an image
  // that does not exist.
  [[nodiscard]] Result<model::Vm> create(const act::CreateRequest& request, Boot boot);
  // A power cut: every process is killed, then the disk is removed.
  Status destroy(const VmId& id);
  // Asks the VM to stop. stopped() says when it has; power_cycle() ends what is left, and starts
  // it.
  Status ask_to_stop(const VmId& id);
  [[nodiscard]] Result<bool> stopped(const VmId& id);
  Status power_cycle(const VmId& id, Boot boot);
  // Also starts those that a crash kept from starting.
  [[nodiscard]] Result<std::vector<model::Vm>> list();
  [[nodiscard]] Result<std::vector<act::Image>> images();

 private:
  Status prepare();
  [[nodiscard]] Result<VmRecord> find(const VmId& id);
  [[nodiscard]] Result<VmRecord> place(const act::CreateRequest& request,
                                       const std::vector<VmRecord>& others);
  Status start(const VmRecord& vm, Boot boot);
  Status kill_all(const VmId& id);
  Status start_if_due(const VmRecord& vm, const std::vector<ProcessInfo>& processes);
  [[nodiscard]] Result<model::Power> power(const VmRecord& vm,
                                           const std::vector<ProcessInfo>& processes);
  [[nodiscard]] Result<std::vector<ProcessInfo>> members(const VmId& id);
  [[nodiscard]] static model::Vm as_vm(const VmRecord& vm, model::Power power);

  Options options_;
  FileSystem& files_;
  const Clock& clock_;
  Random& random_;
  VmFiles vms_;
  std::string machine_boot_;
  std::set<VmId> rebooting_;  // between ask_to_stop() and power_cycle(): not for list() to start
  bool prepared_ = false;
};

}  // namespace edgeherd::local
