#include "common/aws/configure.h"

#include <cstdlib>
#include <utility>

#include "common/http/url.h"

namespace edgeherd::aws {

using config::Need;
using config::Section;

namespace {

void read_url(Section& section, std::string_view key, std::string& into,
              bool (*may_be_clear)(std::string_view host)) {
  section.text(key, into, Need::optional);
  if (!section.has(key)) return;
  const auto url = http::parse_url(into);
  if (!url) return section.problem(key, url.error().message);
  if (url->target != "/") section.problem(key, "\"" + std::string(key) + "\" has no path");
  if (url->scheme == http::Scheme::http && !may_be_clear(url->host)) {
    section.problem(key, "what is secret would travel in clear: https:// is needed");
  }
  while (into.ends_with('/')) into.pop_back();
}

bool is_near(std::string_view host) {
  return http::is_link_local(host) || http::is_loopback(host);
}

}  // namespace

void read_endpoint(Section& section, std::string_view key, std::string& into) {
  read_url(section, key, into, http::is_loopback);
}

void read_credentials(Section& section, CredentialsOptions& options) {
  section.choice("credentials", options.from,
                 {{"file", CredentialsFrom::file},
                  {"environment", CredentialsFrom::environment},
                  {"instance_role", CredentialsFrom::instance_role}},
                 Need::required);
  section.text("credentials_file", options.file, Need::optional);
  section.text("profile", options.profile, Need::optional);
  read_url(section, "metadata", options.metadata, is_near);
  const auto only_with = [&](std::string_view key, CredentialsFrom from, const std::string& word) {
    if (section.has(key) && options.from != from) {
      section.problem(key, "\"" + std::string(key) + "\" needs \"credentials\": \"" + word + "\"");
    }
  };
  only_with("credentials_file", CredentialsFrom::file, "file");
  only_with("profile", CredentialsFrom::file, "file");
  only_with("metadata", CredentialsFrom::instance_role, "instance_role");
  if (options.from != CredentialsFrom::file) return;
  if (!options.file.starts_with('/')) {
    section.problem("credentials_file",
                    "\"credentials\": \"file\" needs \"credentials_file\", a path from the root");
  }
}

std::shared_ptr<CredentialSource> make_credential_source(const CredentialsOptions& options,
                                                         FileSystem& files, EventLoop& loop,
                                                         const http::Transport& transport) {
  if (options.from == CredentialsFrom::instance_role) {
    return make_role_credentials(options.metadata, loop, transport);
  }
  CredentialsSource stored;
  if (options.from == CredentialsFrom::file) stored.file = options.file;
  stored.profile = options.profile;
  stored.environment = [](const char* name) { return std::getenv(name); };
  return make_stored_credentials(std::move(stored), files, loop);
}

}  // namespace edgeherd::aws
