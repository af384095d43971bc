// What the `local` provider is told: where things are, how large it may grow, what shall go wrong.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "coordinator/providers/local/address_range.h"

namespace edgeherd::local {

// Troubles to try things out with; none by default.
struct Faults {
  Duration boot_delay{};            // from power-on to the image's boot command
  Duration boot_jitter{};           // up to so much is added to each boot
  Duration list_delay{};            // before a list is answered
  double create_fail_rate = 0;      // share of creations that fail, 0 to 1
  int create_fail_next = 0;         // so many creations fail first
  int create_lose_answer_next = 0;  // so many succeed, but answer `timeout`
  double stuck_boot_rate = 0;       // share of boots that power on and never do anything
  int stuck_boot_next = 0;
  int list_fail_next = 0;
  std::set<std::string> out_of_stock;  // places
};

struct Options {
  ProviderId account;  // the provider's name; several may share one root
  std::string root;    // nodes/ and lock live here
  std::string images;  // one directory per image version
  std::string agent;   // the agent's program, for the images' boot scripts
  AddressRange addresses;
  std::vector<std::string> start_with;  // before every boot command, as `nsenter --net=PATH`
  int max_vms = 100;                    // the account's quota
  Duration stop_patience = 5s;          // a reboot asks nicely for so long
  Faults faults;
};

}  // namespace edgeherd::local
