// What the provider `digitalocean` is told. docs/providers/digitalocean.md has every key.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "coordinator/providers/digitalocean/access.h"

namespace edgeherd::digitalocean {

// By which of its addresses a node is asked for its health page.
enum class HealthBy { public_address, private_address };
// Whether an image that a zone wants is transferred to the zone's region when it is not there.
enum class Distribution { by_hand, by_launches };

struct Options {
  ProviderId account;
  std::string fleet;  // only droplets with its tag may be touched
  Access access;
  std::string size;  // for zones that name none
  std::vector<std::string> ssh_keys;
  std::map<std::string, std::string> vpcs;  // by region
  std::vector<std::string> tags;
  std::string image_tag;  // empty: all private images are listed
  Distribution distribution = Distribution::by_hand;
  HealthBy health_by = HealthBy::public_address;
  Duration settle = 15s;           // how long an unclear creation is looked for
  Duration reboot_patience = 20s;  // then the power is cycled
};

}  // namespace edgeherd::digitalocean
