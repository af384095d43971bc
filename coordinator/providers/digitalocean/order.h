// What is asked of Digital Ocean's API: the bodies of requests, and what must hold of them.
//
// Thread: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "coordinator/act/seams/provider.h"

namespace edgeherd::digitalocean {

// Tags have no values there: these prefixes make them of them.
inline constexpr std::string_view fleet_prefix = "edgeherd-fleet:";
inline constexpr std::string_view node_prefix = "edgeherd-node:";
inline constexpr std::string_view image_prefix = "edgeherd-image:";

// What every droplet of an account is given besides what its launch says.
struct Template {
  std::string default_size;           // for zones that name none
  std::vector<std::string> ssh_keys;  // ids or fingerprints
  std::string vpc;                    // of the place; empty: the region's default
  std::vector<std::string> tags;
};

// `invalid`, naming the field, for what the API would refuse or take for something else.
[[nodiscard]] Status check_create(const act::CreateRequest& request, const Template& from);
// `image`: what the request's image stands for.
[[nodiscard]] std::string create_body(const act::CreateRequest& request, const Template& from,
                                      const ImageId& image);
[[nodiscard]] std::string action_body(std::string_view type);  // "reboot"
[[nodiscard]] std::string transfer_body(std::string_view region);

// The tag that says what a launch asked for, and what was asked for by what stands behind its
// prefix. A name may hold what no tag can; tags are the same in upper and lower case, names are
// not.
[[nodiscard]] std::string image_tag(const ImageId& asked);
[[nodiscard]] ImageId image_in_tag(std::string_view value);

[[nodiscard]] bool is_tag(std::string_view text);
// Anything else never becomes a part of a URL.
[[nodiscard]] bool is_droplet_id(std::string_view text);
[[nodiscard]] inline bool is_image_id(std::string_view text) {
  return is_droplet_id(text);
}

}  // namespace edgeherd::digitalocean
