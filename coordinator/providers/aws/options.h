// What the provider file's `options` say; docs/providers/aws.md has every key.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/aws/configure.h"
#include "common/core/clock.h"
#include "common/core/ids.h"

namespace edgeherd::aws {

// Tags that every server of ours carries from its first moment on.
inline constexpr std::string_view fleet_tag = "edgeherd:fleet";
inline constexpr std::string_view node_tag = "edgeherd:node";
inline constexpr std::string_view zone_tag = "edgeherd:zone";
// What was asked for, of a server whose image was looked up.
inline constexpr std::string_view asked_image_tag = "edgeherd:asked-image";

// Of a copy of ours: the region and id of the image that it is a copy of, and when that was made.
inline constexpr std::string_view copy_tag = "edgeherd:copy-of";

struct Region {
  std::string name;                            // "eu-west-1"
  std::string endpoint;                        // "https://ec2.eu-west-1.amazonaws.com"
  std::vector<std::string> security_groups;    // ids; empty: the default group of the network
  std::map<std::string, std::string> subnets;  // availability zone -> subnet; else the default one
  std::string key_name;                        // of a key pair; empty: none
  std::string instance_profile;                // the name of one; empty: none
};

// What list() asks for: servers with the fleet tag, or every one of the account.
enum class Inventory { tagged, account };
// Whether an image that a zone wants is copied to the zone's region when it is not there.
enum class Distribution { by_hand, by_launches };
// Which address viewers are served at.
enum class Address { public_address, private_address };

struct Options {
  ProviderId account;
  std::string fleet;  // only instances with its tag may be touched
  std::vector<Region> regions;
  CredentialsOptions credentials;
  std::string instance_type;                 // of zones without a size
  std::map<std::string, std::string> tags;   // besides ours
  std::string image_tag = "edgeherd:image";  // "tag:edge": "edge" is its value
  Distribution distribution = Distribution::by_hand;
  Inventory inventory = Inventory::tagged;
  Address address = Address::public_address;
  Duration timeout = 30s;  // of one call to the cloud
  double api_share = 0.8;  // of the account's request rates in each region
  std::string ca_file;     // empty: the system's trust store
  int page_size = 1000;    // of listings; the most that EC2 gives. Not a key: tests want pages
};

// The region whose zone `place` is; null if none is configured.
[[nodiscard]] const Region* region_of(const Options& options, std::string_view place);

}  // namespace edgeherd::aws
