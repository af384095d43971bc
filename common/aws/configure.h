// The keys of a section that say where AWS credentials come from:
//   "credentials": "file" | "environment" | "instance_role",   // required
//   "credentials_file": "/etc/edgeherd/aws", "profile": "default",   // with "file"
//   "metadata": "http://169.254.169.254"                             // with "instance_role"
#pragma once

#include <memory>
#include <string>

#include "common/aws/credential_source.h"
#include "common/config/section.h"

namespace edgeherd::aws {

enum class CredentialsFrom { file, environment, instance_role };

struct CredentialsOptions {
  CredentialsFrom from = CredentialsFrom::environment;
  std::string file;
  std::string profile = "default";
  std::string metadata = "http://169.254.169.254";
};

// What is wrong goes to the section's problems. The file is not looked at.
void read_credentials(config::Section& section, CredentialsOptions& options);

// A URL without a path, "https://host:port"; "http" to this machine alone. `into` is left without a
// slash at its end.
void read_endpoint(config::Section& section, std::string_view key, std::string& into);

// `files` and `loop` outlive the source. The environment is the process's own.
[[nodiscard]] std::shared_ptr<CredentialSource> make_credential_source(
    const CredentialsOptions& options, FileSystem& files, EventLoop& loop,
    const http::Transport& transport);

}  // namespace edgeherd::aws
