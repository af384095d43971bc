// Whether the servers of a cloud can reach what they are told of. The defaults suit servers on this
// machine; a fleet elsewhere that keeps them is found out by servers that never enrol.
#include <algorithm>
#include <variant>

#include "common/archive/archive_url.h"
#include "common/http/url.h"
#include "coordinator/settings/parts.h"

namespace edgeherd::settings {

namespace {

using config::Section;

bool is_here_alone(const std::string& host) {
  return http::is_loopback(host) || http::ListenAddress{host}.is_any();
}

std::string host_of(const std::string& url) {
  const auto parsed = http::parse_url(url);
  return parsed ? parsed->host : "";
}

// Where nodes PUT their logs.
std::string archive_host(const Settings& settings) {
  const Archive& archive = settings.archive;
  const auto url = archive::parse_archive_url(archive.url);
  if (!url) return "";
  if (const auto* s3 = std::get_if<archive::S3Config>(&*url)) {
    return host_of(s3->scheme + "://" + s3->authority);
  }
  if (!archive.public_url.empty()) return host_of(archive.public_url);
  return archive.listen ? archive.listen->host : settings.api.listen.host;
}

}  // namespace

void check_reach(const config::Value& value, const Settings& settings, Loaded& loaded) {
  const auto elsewhere = std::ranges::find_if(
      settings.providers, [](const Provider& one) { return one.type != "local"; });
  if (elsewhere == settings.providers.end()) return;
  config::Problems found(settings.path);
  Section root(value, found);
  const auto warn = [&](std::string_view key, const std::string& what) {
    const config::Value* at = root.raw(key);
    found.add(at == nullptr ? value.at : at->at,
              "\"" + std::string(key) + "\": servers of provider " + elsewhere->id.str() + what);
  };
  if (is_here_alone(settings.agents.advertise)) {
    warn("agents", " are told to connect to " + settings.agents.advertise +
                       ", where they are alone: \"advertise\" is the host that they reach");
  }
  if (const std::string host = archive_host(settings); is_here_alone(host)) {
    warn("archive", " are told to store their logs at " + host +
                        ", where they are alone: \"public_url\" is how they reach the archive");
  }
  loaded.warnings.insert(loaded.warnings.end(), found.lines().begin(), found.lines().end());
}

}  // namespace edgeherd::settings
