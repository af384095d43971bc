// Any bytes as the files of a VM or an image of the provider `local`: read, or refused by name.
#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "coordinator/providers/local/image_files.h"
#include "coordinator/providers/local/vm_files.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
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
