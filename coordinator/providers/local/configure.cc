#include "coordinator/providers/local/configure.h"

#include <vector>

namespace edgeherd::local {

using config::Need;
using config::Section;

namespace {

constexpr Duration longest_delay = 1h;
constexpr int most = 1'000'000;

void read_path(Section& section, std::string_view key, std::string& into) {
  section.text(key, into, Need::required);
  if (!into.empty() && into.front() != '/') {
    section.problem(key,
                    "\"" + std::string(key) + "\" must be a path from the root, as /srv/local");
  }
}

void read_faults(Section& section, Faults& faults) {
  section.duration("boot_delay", faults.boot_delay, 0s, longest_delay, Need::optional);
  section.duration("boot_jitter", faults.boot_jitter, 0s, longest_delay, Need::optional);
  section.duration("list_delay", faults.list_delay, 0s, longest_delay, Need::optional);
  section.number("create_fail_rate", faults.create_fail_rate, 0, 1, Need::optional);
  section.number("stuck_boot_rate", faults.stuck_boot_rate, 0, 1, Need::optional);
  section.integer("create_fail_next", faults.create_fail_next, 0, most, Need::optional);
  section.integer("create_lose_answer_next", faults.create_lose_answer_next, 0, most,
                  Need::optional);
  section.integer("stuck_boot_next", faults.stuck_boot_next, 0, most, Need::optional);
  section.integer("list_fail_next", faults.list_fail_next, 0, most, Need::optional);
  std::vector<std::string> places;
  section.texts("out_of_stock", places, Need::optional);
  faults.out_of_stock.insert(places.begin(), places.end());
  section.finish();
}

}  // namespace

Options read_options(Section& section, const ProviderId& account) {
  Options options;
  options.account = account;
  read_path(section, "root", options.root);
  read_path(section, "images", options.images);
  section.text("agent", options.agent, Need::optional);
  std::string range;
  section.text("addresses", range, Need::optional);
  if (!range.empty()) {
    auto parsed = AddressRange::parse(range);
    if (parsed) options.addresses = *parsed;
    if (!parsed) section.problem("addresses", "\"addresses\": " + parsed.error().message);
  }
  section.texts("start_with", options.start_with, Need::optional);
  if (!options.start_with.empty() && options.start_with.front().empty()) {
    section.problem("start_with", "\"start_with\" must begin with a program");
  }
  section.integer("max_vms", options.max_vms, 0, most, Need::optional);
  section.duration("stop_patience", options.stop_patience, 0s, 10min, Need::optional);
  if (auto faults = section.section("faults", Need::optional)) {
    read_faults(*faults, options.faults);
  }
  section.finish();
  return options;
}

}  // namespace edgeherd::local
