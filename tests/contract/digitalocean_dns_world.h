// Where the DNS suite runs, too: a domain at the fake of Digital Ocean, with foreign records in it.
#pragma once

#include <memory>

#include "coordinator/dns/digitalocean/digitalocean_dns.h"
#include "tests/contract/digitalocean_world.h"

namespace edgeherd::test {

class DigitalOceanDnsWorld : public DigitalOceanWorld {
 public:
  DigitalOceanDnsWorld() {
    set(R"({"records": [
      {"type": "NS", "name": "@", "data": "ns1.digitalocean.com"},
      {"type": "A", "name": "www", "data": "192.0.2.77"},
      {"type": "CNAME", "name": "alias.edge", "data": "www.example.org"},
      {"type": "TXT", "name": "lon1.edge", "data": "not ours"}]})");
    restart();
  }
  [[nodiscard]] act::DnsProvider& dns() { return *dns_; }

  void restart() {
    DigitalOceanWorld::restart();
    dns::DigitalOceanDnsOptions options;
    options.zone = "edge.example.org";
    options.domain = "example.org";
    options.access = this->options().access;
    dns_ = dns::make_digitalocean_dns(options, loop(), budget(), transport());
  }

 private:
  std::unique_ptr<act::DnsProvider> dns_;
};

}  // namespace edgeherd::test

#define DIGITALOCEAN_DNS_WORLDS edgeherd::test::DigitalOceanDnsWorld
