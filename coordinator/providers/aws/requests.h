// What is asked of EC2's query API (version 2016-11-15), as parameters by name.
//
// Thread: free functions, safe from any.
#pragma once

#include <string>
#include <string_view>

#include "common/aws/sigv4.h"
#include "coordinator/act/seams/provider.h"
#include "coordinator/providers/aws/answers.h"
#include "coordinator/providers/aws/options.h"
#include "coordinator/providers/images/asked.h"

namespace edgeherd::aws {

using Parameters = sigv4::Pairs;

// EC2's own limit, before base64.
inline constexpr std::size_t most_user_data_bytes = 16 * 1024;

// The body of a request: "Action=...&Version=...", encoded as EC2 wants it (a space is %20).
[[nodiscard]] std::string form(std::string_view action, const Parameters& parameters);

// At most 64 ASCII characters, the same for the same intent, size and place. Nothing else is in it:
// what the configuration changes between two attempts must not make a second server.
[[nodiscard]] std::string client_token(const act::CreateRequest& request, const std::string& type);

// `type` is the size, or the configured default; `image` is what `request.image` was found to be.
[[nodiscard]] Parameters run_instances(const act::CreateRequest& request, const ImageId& image,
                                       const std::string& type, const Region& region,
                                       const Options& options);
// For TerminateInstances and RebootInstances.
[[nodiscard]] Parameters one_instance(const VmId& vm);
// A page of all that list() shows; `next` is empty for the first.
[[nodiscard]] Parameters inventory_page(const Options& options, const std::string& next);
[[nodiscard]] Parameters instances_of_node(const NodeId& node);
[[nodiscard]] Parameters image_page(const Options& options, const std::string& next);
// Of the images with this tag or name, in whatever state.
[[nodiscard]] Parameters image_page(const Options& options, const images::Asked& asked,
                                    const std::string& next);
// Filters take some characters for others.
[[nodiscard]] bool is_filter_value(std::string_view text);
// To be sent to the region `to`. The token is the same for the same copy and attempt.
[[nodiscard]] Parameters copy_image(const CloudImage& image, const std::string& from,
                                    const std::string& to, std::size_t attempt);

// "i-" and 8 to 17 hex digits. What is none cannot exist, and is not asked for.
[[nodiscard]] bool is_instance_id(std::string_view text);

}  // namespace edgeherd::aws
