#include "coordinator/app/registry.h"

#include <cassert>
#include <cstdlib>
#include <string_view>

#include "coordinator/dns/digitalocean/configure.h"
#include "coordinator/dns/file/configure.h"
#include "coordinator/dns/rfc2136/configure.h"
#include "coordinator/dns/rfc2136/tsig.h"
#include "coordinator/dns/route53/configure.h"
#include "coordinator/providers/aws/aws_provider.h"
#include "coordinator/providers/aws/configure.h"
#include "coordinator/providers/digitalocean/configure.h"
#include "coordinator/providers/digitalocean/digitalocean_provider.h"
#include "coordinator/providers/exec/configure.h"
#include "coordinator/providers/local/configure.h"
#include "coordinator/providers/local/local_provider.h"

namespace edgeherd::app {

namespace {

using config::Section;

using Needs = std::vector<settings::Needed>;

Needs program(std::string key, const std::vector<std::string>& argv) {
  if (argv.empty()) return {};
  return {{std::move(key), argv.front(), "", settings::NeededKind::program}};
}

Needs files_of(const digitalocean::Access& access) {
  Needs needs;
  if (!access.token_file.empty()) needs.push_back({"token_file", access.token_file});
  if (!access.ca_file.empty()) needs.push_back({"ca_file", access.ca_file});
  if (!access.token_environment.empty()) {
    needs.push_back({"token_environment", "", access.token_environment});
  }
  return needs;
}

Needs files_of(const aws::CredentialsOptions& credentials, const std::string& ca_file) {
  Needs needs{{"credentials_file", credentials.file}, {"ca_file", ca_file}};
  if (credentials.from == aws::CredentialsFrom::environment) {
    needs.push_back({"credentials", "", "AWS_ACCESS_KEY_ID"});
    needs.push_back({"credentials", "", "AWS_SECRET_ACCESS_KEY"});
  }
  return needs;
}

Needs files_of(const dns::Rfc2136Options& options) {
  settings::Needed key{"key_file", options.key_file};
  key.check = [file = options.key_file](std::string_view text) -> Status {
    const auto read = dns::parse_key_file(file, text);
    return read ? Status() : Status(read.error());
  };
  return {std::move(key)};
}

// Errors of a placement are told at the key that would mend it.
std::optional<settings::Wrong> wrong(const std::optional<images::PlacementError>& found) {
  if (!found) return std::nullopt;
  return settings::Wrong{found->key, found->what};
}

struct ProviderRow {
  std::string_view type;
  Needs (*check)(Section&);
  std::unique_ptr<act::Provider> (*make)(Section&, const ProviderId&, Tools);
  void (*update)(act::Provider&, Section&, const ProviderId&);
  std::string_view updated;  // the one key of the options that update() takes over; may be empty
};

struct DnsRow {
  std::string_view type;
  Needs (*check)(Section&);
  std::unique_ptr<act::DnsProvider> (*make)(Section&, Tools);
};

const ProviderRow providers[] = {
    {"local",
     [](Section& s) {
       const local::Options options = local::read_options(s, ProviderId("check"));
       return Needs{{"images", options.images, "", settings::NeededKind::anything},
                    {"agent", options.agent, "", settings::NeededKind::program}};
     },
     [](Section& s, const ProviderId& id, Tools tools) -> std::unique_ptr<act::Provider> {
       return std::make_unique<local::LocalProvider>(local::read_options(s, id), tools.loop,
                                                     tools.random);
     },
     [](act::Provider& provider, Section& s, const ProviderId& id) {
       static_cast<local::LocalProvider&>(provider).set_faults(local::read_options(s, id).faults);
     },
     "faults"},
    {"exec",
     [](Section& s) {
       return program("command", exec::read_options(s, ProviderId("check")).command);
     },
     [](Section& s, const ProviderId& id, Tools tools) {
       return exec::make_exec_provider(exec::read_options(s, id), tools.loop);
     },
     [](act::Provider&, Section& s, const ProviderId& id) { (void)exec::read_options(s, id); }, ""},
    {"digitalocean",
     [](Section& s) { return files_of(digitalocean::read_options(s, ProviderId("check")).access); },
     [](Section& s, const ProviderId& id, Tools tools) {
       digitalocean::Options options = digitalocean::read_options(s, id);
       options.fleet = tools.fleet;
       return digitalocean::make_digitalocean_provider(std::move(options), tools.loop,
                                                       tools.accounts);
     },
     [](act::Provider&, Section& s, const ProviderId& id) {
       (void)digitalocean::read_options(s, id);
     },
     ""},
    {"aws",
     [](Section& s) {
       const aws::Options options = aws::read_options(s, ProviderId("check"));
       return files_of(options.credentials, options.ca_file);
     },
     [](Section& s, const ProviderId& id, Tools tools) {
       aws::Options options = aws::read_options(s, id);
       options.fleet = tools.fleet;
       return aws::make_aws_provider(std::move(options), tools.loop);
     },
     [](act::Provider&, Section& s, const ProviderId& id) { (void)aws::read_options(s, id); }, ""},
};

const DnsRow dns_services[] = {
    {"file",
     [](Section& s) {
       const dns::FileDnsOptions options = dns::read_options(s);
       Needs needs = program("reload", options.reload);
       const bool made = options.if_missing == dns::IfMissing::create;
       needs.push_back({"file", options.file, "",
                        made ? settings::NeededKind::file_to_come : settings::NeededKind::file});
       return needs;
     },
     [](Section& s, Tools tools) { return dns::make_file_dns(dns::read_options(s), tools.loop); }},
    {"rfc2136", [](Section& s) { return files_of(dns::read_rfc2136_options(s)); },
     [](Section& s, Tools tools) {
       return dns::make_rfc2136_dns(dns::read_rfc2136_options(s), tools.loop, tools.random);
     }},
    {"digitalocean",
     [](Section& s) { return files_of(dns::read_digitalocean_dns_options(s).access); },
     [](Section& s, Tools tools) {
       return dns::make_digitalocean_dns(dns::read_digitalocean_dns_options(s), tools.loop,
                                         tools.accounts);
     }},
    {"route53",
     [](Section& s) {
       const dns::Route53Options options = dns::read_route53_options(s);
       return files_of(options.credentials, options.ca_file);
     },
     [](Section& s, Tools tools) {
       return dns::make_route53_dns(dns::read_route53_options(s), tools.loop);
     }},
};

template <class Row, std::size_t n>
const Row& row_of(const Row (&rows)[n], std::string_view type) {
  for (const Row& row : rows) {
    if (row.type == type) return row;
  }
  assert(!"a type that the settings let through");
  return rows[0];
}

config::Value without(config::Value options, std::string_view key) {
  if (auto* members = std::get_if<config::Object>(&options.data)) {
    std::erase_if(*members, [&](const config::Member& one) { return one.key == key; });
  }
  return options;
}

// The same section again, this time for its values. It was checked when it was loaded.
struct Again {
  explicit Again(const settings::Foreign& from)
      : problems(from.file), section(from.value, problems) {}
  config::Problems problems;
  Section section;
};

}  // namespace

settings::Types known_types() {
  settings::Types types;
  for (const ProviderRow& row : providers) types.providers.emplace(row.type, row.check);
  for (const DnsRow& row : dns_services) types.dns.emplace(row.type, row.check);
  types.routing_dns = {"route53"};
  types.least_ttls = {{"digitalocean", dns::digitalocean_least_ttl}};
  types.placements = {
      {"digitalocean",
       [](Section& s, const model::PlacementPolicy& one) {
         return wrong(digitalocean::check_placement(
             digitalocean::read_options(s, ProviderId("check")), one));
       }},
      {"aws", [](Section& s, const model::PlacementPolicy& one) {
         return wrong(aws::check_placement(aws::read_options(s, ProviderId("check")), one));
       }}};
  types.environment = [](const char* name) { return std::getenv(name); };
  return types;
}

std::unique_ptr<act::Provider> make_provider(const settings::Provider& from, Tools tools) {
  Again again(from.options);
  return row_of(providers, from.type).make(again.section, from.id, tools);
}

std::unique_ptr<act::DnsProvider> make_dns(const settings::Dns& from, Tools tools) {
  if (from.type == "none") return nullptr;
  Again again(from.options);
  again.section.ignore("type");
  return row_of(dns_services, from.type).make(again.section, tools);
}

bool same_service(const settings::Dns& a, const settings::Dns& b) {
  return a.type == b.type &&
         config::same(without(a.options.value, "routed"), without(b.options.value, "routed"));
}

void update_provider(act::Provider& provider, const settings::Provider& from) {
  Again again(from.options);
  row_of(providers, from.type).update(provider, again.section, from.id);
}

std::optional<std::string> provider_needs_restart(const settings::Provider& made_from,
                                                  const settings::Provider& loaded) {
  const std::string who = "provider " + loaded.id.str() + ": ";
  if (made_from.type != loaded.type) return who + "another type takes effect at the next start";
  const std::string_view updated = row_of(providers, loaded.type).updated;
  if (config::same(without(made_from.options.value, updated),
                   without(loaded.options.value, updated))) {
    return std::nullopt;
  }
  return who + "what changed in \"options\" takes effect at the next start" +
         (updated.empty() ? "" : ", but for \"" + std::string(updated) + "\"");
}

}  // namespace edgeherd::app
