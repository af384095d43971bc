// Requests to the program, and its answers. docs/providers/exec.md is the contract.
//
// Thread: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "coordinator/act/seams/provider.h"

namespace edgeherd::exec {

[[nodiscard]] std::string create_request(const ProviderId& account,
                                         const act::CreateRequest& request);
// `call`: "destroy" or "reboot".
[[nodiscard]] std::string server_request(const ProviderId& account, std::string_view call,
                                         const VmId& vm);
// `call`: "list" or "images".
[[nodiscard]] std::string plain_request(const ProviderId& account, std::string_view call);

// Each reads one whole answer. An answer {"error": {...}} is that error; anything that is not as
// the contract has it is `broken`, with what is wrong and where ("servers[3].power: ...").
[[nodiscard]] Result<model::Vm> parse_server(std::string_view answer);
[[nodiscard]] Status parse_done(std::string_view answer);
[[nodiscard]] Result<std::vector<model::Vm>> parse_servers(std::string_view answer);
[[nodiscard]] Result<std::vector<act::Image>> parse_images(std::string_view answer);

}  // namespace edgeherd::exec
