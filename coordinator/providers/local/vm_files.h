// What a VM of the `local` provider is on disk: <root>/nodes/<vm id>/ with
//   vm.json      who it is; written before the directory gets its name, never changed
//   run.json     its init process of the newest power-on
//   user-data    what it was told at its creation
//   booted       exists once the boot delay is over
//   restart      exists from the order to reboot until the next power-on
//   console.log  what its init and their children print
// and whatever its programs put there: the VM's disk. Names that begin with '.' are being made or
// removed. Thread: the provider's worker.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "common/core/clock.h"
#include "common/core/file_system.h"
#include "common/core/ids.h"
#include "common/core/result.h"

namespace edgeherd::local {

struct VmRecord {
  VmId id;
  ProviderId account;
  std::string fleet;
  NodeId node;
  std::string place;
  std::string address;
  ImageId image;
  std::string size;
  WallTime created{};
};

// The session leader of a VM's processes. A process id is ours only together with its start time
// and the boot of this machine that both belong to.
struct RunRecord {
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;
  std::string machine_boot;
};

class VmFiles {
 public:
  VmFiles(FileSystem& files, std::string root) : files_(files), root_(std::move(root)) {}

  // Makes the root's directories, and removes what creations and removals that were interrupted
  // have left behind.
  Status prepare();

  // Every VM of every account under this root, or an error that names the file.
  [[nodiscard]] Result<std::vector<VmRecord>> all();
  // `not_found` when there is none, also for texts that cannot be an id.
  [[nodiscard]] Result<VmRecord> find(const VmId& id);

  // The directory appears whole or not at all.
  Status add(const VmRecord& vm, const std::string& user_data);
  // Removes the directory and all that is in it; its name goes first.
  Status remove(const VmId& id);

  [[nodiscard]] Result<std::optional<RunRecord>> run_record(const VmId& id);
  Status set_run_record(const VmId& id, const RunRecord& run);
  [[nodiscard]] bool has_mark(const VmId& id, const char* name);
  Status set_mark(const VmId& id, const char* name);
  Status clear_mark(const VmId& id, const char* name);

  // Cuts the console down when it has grown beyond its limit.
  void trim_console(const VmId& id);

  [[nodiscard]] std::string directory(const VmId& id) const;
  [[nodiscard]] std::string file(const VmId& id, const std::string& name) const;
  [[nodiscard]] std::string lock_file() const { return root_ + "/lock"; }

  static constexpr std::uint64_t console_limit = 8 * 1024 * 1024;
  static constexpr const char* booted = "booted";
  static constexpr const char* restart = "restart";

 private:
  [[nodiscard]] std::string nodes() const { return root_ + "/nodes"; }
  [[nodiscard]] Result<VmRecord> read(const std::string& name);

  FileSystem& files_;
  std::string root_;
};

}  // namespace edgeherd::local
