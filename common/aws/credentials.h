// Where the coordinator's AWS credentials come from: a file in the form of ~/.aws/credentials, or
// the environment. They are never part of a message.
//
//   [default]
//   aws_access_key_id = AKIA...
//   aws_secret_access_key = ...
//   aws_session_token = ...        (only for temporary ones)
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/aws/sigv4.h"
#include "common/core/file_system.h"
#include "common/core/result.h"

namespace edgeherd::aws {

inline constexpr std::size_t max_credentials_file_bytes = 64 * 1024;

// `name` is for messages. `invalid` with file and line; lines are never quoted.
[[nodiscard]] Result<Credentials> parse_credentials(std::string_view text, std::string_view profile,
                                                    const std::string& name);

struct CredentialsSource {
  std::string file;  // empty: the environment
  std::string profile = "default";
  // getenv(3) or a test's; null when the variable is not set.
  std::function<const char*(const char*)> environment;
};

// From the file if one is named, else from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
// AWS_SESSION_TOKEN. `unavailable` when the file is not there, never `not_found`.
[[nodiscard]] Result<Credentials> load_credentials(const CredentialsSource& source,
                                                   FileSystem& files);

}  // namespace edgeherd::aws
