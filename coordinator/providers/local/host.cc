#include "coordinator/providers/local/host.h"

#include <cerrno>
#include <csignal>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "common/os/fd.h"
#include "common/os/system_error.h"

namespace edgeherd::local {

namespace {

constexpr std::size_t id_letters = 12;
// What dies may leave children behind that were just being born; each round takes those.
constexpr int kill_rounds = 10;

std::string absolute(const std::string& path) {
  std::error_code error;
  const auto whole = std::filesystem::weakly_canonical(path, error);
  return error ? path : whole.string();
}

// Held while an address is chosen and taken: accounts of one root do not choose the same.
Result<os::Fd> lock(const std::string& path) {
  os::Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.open() || ::flock(fd.get(), LOCK_EX) != 0) {
    return os::system_error(errno, "locking " + path);
  }
  return fd;
}

Options with_whole_paths(Options options) {
  options.root = absolute(options.root);
  options.images = absolute(options.images);
  return options;
}

}  // namespace

Host::Host(Options options, FileSystem& files, const Clock& clock, Random& random)
    : options_(with_whole_paths(std::move(options))),
      files_(files),
      clock_(clock),
      random_(random),
      vms_(files, options_.root) {}

Status Host::prepare() {
  if (prepared_) return {};
  auto boot = machine_boot();
  if (!boot) return boot.error();
  if (auto made = files_.make_directories(options_.root); !made) return made;
  auto held = lock(vms_.lock_file());
  if (!held) return held.error();
  if (auto made = vms_.prepare(); !made) return made;
  machine_boot_ = *boot;
  prepared_ = true;
  return {};
}

Result<model::Vm> Host::create(const act::CreateRequest& request, Boot boot) {
  if (auto ready = prepare(); !ready) return ready.error();
  auto held = lock(vms_.lock_file());
  if (!held) return held.error();
  auto all = vms_.all();
  if (!all) return all.error();
  for (const VmRecord& vm : *all) {
    if (vm.account != options_.account || vm.node != request.node) continue;
    auto processes = list_processes();
    if (!processes) return processes.error();
    if (auto started = start_if_due(vm, *processes); !started) return started.error();
    auto on = power(vm, *processes);
    if (!on) return on.error();
    return as_vm(vm, *on);
  }
  auto vm = place(request, *all);
  if (!vm) return vm.error();
  if (auto added = vms_.add(*vm, request.user_data); !added) return added.error();
  if (auto started = start(*vm, boot); !started) return started.error();
  return as_vm(*vm, model::Power::starting);
}

Result<VmRecord> Host::place(const act::CreateRequest& request,
                             const std::vector<VmRecord>& others) {
  auto image = read_image(files_, options_.images, request.image);
  if (!image) return image.error();
  std::set<std::string> taken;
  int ours = 0;
  for (const VmRecord& other : others) {
    taken.insert(other.address);
    if (other.account == options_.account) ++ours;
  }
  if (ours >= options_.max_vms) {
    return fail(Errc::out_of_stock, "the account's quota of " + std::to_string(options_.max_vms) +
                                        " servers is used up");
  }
  auto address = options_.addresses.pick(taken, random_);
  if (!address) return address.error();
  VmRecord vm;
  vm.id = VmId("vm-" + random_.token(id_letters));
  vm.account = options_.account;
  vm.fleet = request.fleet;
  vm.node = request.node;
  vm.place = request.place;
  vm.address = *address;
  vm.image = request.image;
  vm.size = request.size;
  vm.created = clock_.wall();
  return vm;
}

Status Host::start(const VmRecord& vm, Boot boot) {
  auto image = read_image(files_, options_.images, vm.image);
  if (!image) return image.error();
  if (auto cleared = vms_.clear_mark(vm.id, VmFiles::booted); !cleared) return cleared;
  const std::string directory = vms_.directory(vm.id);
  PowerOn on{options_.start_with, {}, directory, boot.delay, boot.end};
  on.boot.insert(on.boot.end(), image->boot.begin(), image->boot.end());
  on.environment = {std::string(vm_mark) + "=" + vm.id.str(),
                    "EDGEHERD_NODE_DIR=" + directory,
                    "EDGEHERD_ADDRESS=" + vm.address,
                    "EDGEHERD_IMAGE=" + vm.image.str(),
                    "EDGEHERD_IMAGE_DIR=" + image->directory,
                    "EDGEHERD_USER_DATA=" + vms_.file(vm.id, "user-data"),
                    "EDGEHERD_AGENT=" + options_.agent,
                    "LANG=C.UTF-8"};
  auto pid = power_on(on);
  if (!pid) return pid.error();
  // Gone already is no failure of ours: the VM is then listed as stopped.
  const auto init = find_process(*pid);
  const RunRecord run{*pid, init ? init->start_ticks : 0, machine_boot_};
  if (auto written = vms_.set_run_record(vm.id, run); !written) return written;
  return vms_.clear_mark(vm.id, VmFiles::restart);
}

Result<VmRecord> Host::find(const VmId& id) {
  if (auto ready = prepare(); !ready) return ready.error();
  auto vm = vms_.find(id);
  if (vm && vm->account != options_.account) {
    return fail(Errc::not_found,
                "no server '" + id.str() + "' in account " + options_.account.str());
  }
  return vm;
}

Result<std::vector<ProcessInfo>> Host::members(const VmId& id) {
  auto run = vms_.run_record(id);
  if (!run) return run.error();
  auto processes = list_processes();
  if (!processes) return processes.error();
  return members_of(*processes, id, *run, machine_boot_, vms_.directory(id));
}

Status Host::kill_all(const VmId& id) {
  for (int round = 0; round < kill_rounds; ++round) {
    auto living = members(id);
    if (!living) return living.error();
    if (living->empty()) return {};
    for (const ProcessInfo& process : *living) {
      if (auto killed = kill_and_wait(process); !killed) return killed;
    }
  }
  return fail(Errc::unavailable,
              "the processes of " + id.str() + " come back faster than they end");
}

Status Host::destroy(const VmId& id) {
  if (auto vm = find(id); !vm) return vm.error();
  if (auto killed = kill_all(id); !killed) return killed;
  rebooting_.erase(id);
  return vms_.remove(id);
}

Status Host::ask_to_stop(const VmId& id) {
  if (auto vm = find(id); !vm) return vm.error();
  // Durable first: a crash from here on still ends in a started VM.
  if (auto marked = vms_.set_mark(id, VmFiles::restart); !marked) return marked;
  rebooting_.insert(id);
  auto run = vms_.run_record(id);
  if (!run) return run.error();
  auto processes = list_processes();
  if (!processes) return processes.error();
  const auto init = init_of(*processes, id, *run, machine_boot_);
  return init ? send_signal(*init, SIGTERM) : Status();
}

Result<bool> Host::stopped(const VmId& id) {
  if (auto vm = find(id); !vm) return vm.error();
  auto living = members(id);
  if (!living) return living.error();
  return living->empty();
}

Status Host::power_cycle(const VmId& id, Boot boot) {
  rebooting_.erase(id);
  auto vm = find(id);
  if (!vm) return vm.error();
  if (auto killed = kill_all(id); !killed) return killed;
  return start(*vm, boot);
}

Status Host::start_if_due(const VmRecord& vm, const std::vector<ProcessInfo>& processes) {
  if (rebooting_.contains(vm.id)) return {};
  auto run = vms_.run_record(vm.id);
  if (!run) return run.error();
  const auto init = init_of(processes, vm.id, *run, machine_boot_);
  if (vms_.has_mark(vm.id, VmFiles::restart)) return power_cycle(vm.id, {});
  if (*run) return {};
  if (!init) return start(vm, {});
  return vms_.set_run_record(vm.id, {init->pid, init->start_ticks, machine_boot_});
}

Result<model::Power> Host::power(const VmRecord& vm, const std::vector<ProcessInfo>& processes) {
  auto run = vms_.run_record(vm.id);
  if (!run) return run.error();
  // Started after the processes were listed, or about to be.
  if (rebooting_.contains(vm.id)) return model::Power::starting;
  const bool on = init_of(processes, vm.id, *run, machine_boot_).has_value();
  if (!on) return model::Power::stopped;
  return vms_.has_mark(vm.id, VmFiles::booted) ? model::Power::running : model::Power::starting;
}

Result<std::vector<model::Vm>> Host::list() {
  if (auto ready = prepare(); !ready) return ready.error();
  auto all = vms_.all();
  if (!all) return all.error();
  auto before = list_processes();
  if (!before) return before.error();
  for (const VmRecord& vm : *all) {
    if (vm.account != options_.account) continue;
    if (auto started = start_if_due(vm, *before); !started) return started.error();
  }
  auto processes = list_processes();
  if (!processes) return processes.error();
  std::vector<model::Vm> listed;
  for (const VmRecord& vm : *all) {
    if (vm.account != options_.account) continue;
    // An init that ended is our child if this coordinator started it.
    if (auto run = vms_.run_record(vm.id); run && *run && (*run)->machine_boot == machine_boot_) {
      ::waitpid((*run)->pid, nullptr, WNOHANG);
    }
    vms_.trim_console(vm.id);
    auto on = power(vm, *processes);
    if (!on) return on.error();
    listed.push_back(as_vm(vm, *on));
  }
  return listed;
}

Result<std::vector<act::Image>> Host::images() {
  return list_images(files_, options_.images);
}

model::Vm Host::as_vm(const VmRecord& vm, model::Power power) {
  model::Vm listed;
  listed.id = vm.id;
  listed.fleet = vm.fleet;
  listed.node = vm.node;
  listed.place = vm.place;
  listed.address = vm.address;
  listed.power = power;
  listed.image = vm.image;
  listed.created = vm.created;
  return listed;
}

}  // namespace edgeherd::local
