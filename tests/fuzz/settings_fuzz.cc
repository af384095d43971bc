// Any bytes as the coordinator's main file (behind '0'), a provider file, or either as `config
// check` reads them: there are settings, or problems that name the file; never both, never neither.
#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "coordinator/app/registry.h"
#include "coordinator/settings/settings.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;

namespace {

const std::string main_file = "/etc/coordinator.json";
const std::string provider_file = "/etc/providers/local.json";

void check(const settings::Loaded& loaded) {
  fuzz::require(loaded.settings.has_value() == loaded.problems.empty());
  for (const std::string& problem : loaded.problems) fuzz::require(problem.starts_with("/etc"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const settings::Types types = app::known_types();
  const std::string_view text = fuzz::text_of(data + 1, size - 1);
  const bool is_main = data[0] % 2 == 0;
  sim::SimLoop loop;
  sim::SimFileSystem files(loop.clock());
  fuzz::require(files.make_directories("/etc/providers").ok());
  fuzz::require(files.write_whole(main_file, is_main ? text : R"({ "fleet_id": "f" })").ok());
  if (!is_main) fuzz::require(files.write_whole(provider_file, text).ok());
  check(settings::load("/etc", files, types));
  check(settings::check(is_main ? main_file : provider_file, files, types));
  return 0;
}
