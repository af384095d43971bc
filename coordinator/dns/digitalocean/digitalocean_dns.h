// The DNS of type `digitalocean`: names as A records of a domain that Digital Ocean serves.
//
// A change adds first and deletes after, so that a name in use is never empty; TTLs are adjusted
// between. It ends at the first request that fails, and is then half done: the next one begins with
// what is there. Other types, other names and other domains are never changed. Requests share the
// account's rate budget with the provider of the same account; calls are made one after the other.
// The errors are the API's (coordinator/providers/digitalocean/api.h).
#pragma once

#include <memory>
#include <string>

#include "coordinator/act/seams/dns_provider.h"
#include "coordinator/providers/budget/accounts.h"
#include "coordinator/providers/digitalocean/access.h"

namespace edgeherd::os {
class AsioLoop;
}

namespace edgeherd::dns {

struct DigitalOceanDnsOptions {
  std::string zone;    // no name outside it is ever asked for or changed
  std::string domain;  // the zone or above it: the domain as the account has it
  digitalocean::Access access;
};

// Letters, digits, "-" and "_" in labels, lower case: what may stand in a URL as it is.
[[nodiscard]] bool is_plain_name(const std::string& name);

// `loop` outlives it; no `done` is called after its destruction. The second form is for tests.
[[nodiscard]] std::unique_ptr<act::DnsProvider> make_digitalocean_dns(
    DigitalOceanDnsOptions options, os::AsioLoop& loop, budget::Accounts& accounts);
[[nodiscard]] std::unique_ptr<act::DnsProvider> make_digitalocean_dns(
    DigitalOceanDnsOptions options, EventLoop& loop, std::shared_ptr<budget::AccountBudget> budget,
    digitalocean::Transport transport);

}  // namespace edgeherd::dns
