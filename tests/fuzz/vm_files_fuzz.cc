// Any bytes as the files of a VM or an image of the provider `local`: read, or refused by name; and
// as what /proc says of a process: the numbers in it and the mark, or nothing.
#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "coordinator/providers/local/image_files.h"
#include "coordinator/providers/local/processes.h"
#include "coordinator/providers/local/vm_files.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;

namespace {

void as_process(std::string_view text) {
  constexpr pid_t pid = 17;
  const std::string mark = local::parse_mark(text);
  fuzz::require(mark.find('\0') == std::string::npos);
  if (!mark.empty()) {
    const std::string variable = std::string(local::vm_mark) + "=" + mark;
    fuzz::require(text.find(variable) != std::string_view::npos);
  }
  auto info = local::parse_process(text, pid);
  if (!info) return;
  fuzz::require(info->pid == pid && info->mark.empty());
  // The numbers stand behind the name, whatever that holds.
  const std::string_view fields = text.substr(text.rfind(')') + 1);
  fuzz::require(fields.find(std::to_string(info->start_ticks)) != std::string_view::npos);
  info->mark = mark;
  const local::RunRecord run{pid, info->start_ticks, "boot"};
  fuzz::require(local::init_of({*info}, VmId("vm-1"), run, "boot").has_value());
  const auto marked = local::init_of({*info}, VmId("vm-1"), std::nullopt, "boot");
  fuzz::require(marked.has_value() == (info->session == pid && mark == "vm-1"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  as_process(text);
  sim::SimLoop loop;
  sim::SimFileSystem files(loop.clock());
  fuzz::require(files.make_directories("/r/nodes/vm-1").ok());
  fuzz::require(files.make_directories("/i/v1").ok());
  for (const char* name : {"/r/nodes/vm-1/vm.json", "/r/nodes/vm-1/run.json", "/i/v1/image.json"}) {
    fuzz::require(files.write_whole(name, text).ok());
  }
  local::VmFiles vms(files, "/r");
  const auto all = vms.all();
  fuzz::require(all.ok() || all.error().message.find("vm-1") != std::string::npos);
  (void)vms.run_record(VmId("vm-1"));
  const auto image = local::read_image(files, "/i", ImageId("v1"));
  fuzz::require(image.ok() || image.error().message.find("v1") != std::string::npos);
  if (image.ok()) fuzz::require(!image->boot.empty());
  return 0;
}
