// Where the DNS suite runs: a zone file on the real loop, and the twin in virtual time.
#pragma once

#include <memory>

#include "coordinator/dns/file/file_dns.h"
#include "coordinator/sim/sim_dns.h"
#include "tests/contract/sim_world.h"
#include "tests/support/real_loop.h"
#include "tests/support/temp_directory.h"

namespace edgeherd::test {

class ZoneFileWorld : public RealLoop {
 public:
  ZoneFileWorld() {
    dns::FileDnsOptions options;
    options.file = dir_.file("edge.zone");
    options.zone = "edge.example.org";
    dns_ = dns::make_file_dns(options, asio());
  }
  [[nodiscard]] act::DnsProvider& dns() { return *dns_; }

 private:
  TempDirectory dir_;
  std::unique_ptr<act::DnsProvider> dns_;
};

class SimDnsWorld : public SimWorld {
 public:
  SimDnsWorld() { dns_.attach(loop()); }
  [[nodiscard]] act::DnsProvider& dns() { return dns_; }

 private:
  sim::SimDns dns_{loop()};
};

}  // namespace edgeherd::test
