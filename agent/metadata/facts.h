// What a cloud's metadata service says to the server that asks it.
//
// Thread: value types, free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.h"

namespace edgeherd::agent::metadata {

enum class Cloud { aws, digitalocean };
[[nodiscard]] std::string_view to_string(Cloud cloud);

struct Facts {
  Cloud cloud = Cloud::aws;
  std::string region;  // "eu-west-2", "lon1"
  std::string zone;    // "eu-west-2a"; Digital Ocean's regions are zones, too
  std::string instance_id;
  bool operator==(const Facts&) const = default;
};

struct Found {
  Facts facts;
  std::string user_data;       // empty: the server was given none
  std::string user_data_from;  // its URL, for messages
};

// The limit of Digital Ocean, and more than EC2's.
inline constexpr std::size_t most_user_data_bytes = 64 * 1024;

// EC2's instance identity document: instanceId, region, availabilityZone. `broken` names the field.
[[nodiscard]] Result<Facts> parse_identity_document(std::string_view text);

// Digital Ocean's /metadata/v1.json: droplet_id, region, user_data. `broken` names the field, never
// its value: the user data has secrets. `user_data_from` is left empty.
[[nodiscard]] Result<Found> parse_droplet(std::string_view text);

// What the image wants to be asked.
enum class Wanted { none, automatic, aws, digitalocean };

// Whom to ask, in order. `vendor` is what the machine's firmware says of its maker; where that
// settles the question nobody else is asked.
[[nodiscard]] std::vector<Cloud> clouds_to_ask(Wanted wanted, std::string_view vendor);

}  // namespace edgeherd::agent::metadata
