// Where the DNS suite runs: a zone file on the real loop, name servers that we did not write, and
// the twin in virtual time.
#pragma once

#include <cstdlib>
#include <memory>
#include <sstream>

#include "common/os/real.h"
#include "coordinator/dns/file/file_dns.h"
#include "coordinator/dns/rfc2136/rfc2136_dns.h"
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

// Of dns_run.sh: "PORT DIR" of each server's zone edge.example.org and its key.
class NameServerWorld : public RealLoop {
 public:
  explicit NameServerWorld(const char* variable) {
    const char* const told = std::getenv(variable);
    REQUIRE(told != nullptr);  // run by tests/contract/dns_run.sh
    std::istringstream words(told);
    words >> options_.server.port >> dir_;
    options_.server.host = "127.0.0.1";
    options_.zone = "edge.example.org";
    options_.key_file = dir_ + "/key";
    dns_ = make(options_);
    // What the test before this one left.
    const auto cleared = await<Status>(*this, [&](auto done) {
      dns_->write({{"lon1.edge.example.org", {}, {}}, {"ams1.edge.example.org", {}, {}}}, done);
    });
    INFO((cleared ? "" : cleared.error().message));
    REQUIRE(cleared);
    dns_ = make(options_);  // which has seen nothing yet
  }
  [[nodiscard]] act::DnsProvider& dns() { return *dns_; }
  // For those who want it otherwise.
  [[nodiscard]] const dns::Rfc2136Options& options() const { return options_; }
  [[nodiscard]] std::unique_ptr<act::DnsProvider> make(dns::Rfc2136Options options) {
    return dns::make_rfc2136_dns(std::move(options), asio(), random_);
  }

 private:
  dns::Rfc2136Options options_;
  std::string dir_;
  os::RealRandom random_;
  std::unique_ptr<act::DnsProvider> dns_;
};

class BindWorld : public NameServerWorld {
 public:
  BindWorld() : NameServerWorld("EDGEHERD_TEST_BIND") {}
};
class KnotWorld : public NameServerWorld {
 public:
  KnotWorld() : NameServerWorld("EDGEHERD_TEST_KNOT") {}
};
class PowerDnsWorld : public NameServerWorld {
 public:
  PowerDnsWorld() : NameServerWorld("EDGEHERD_TEST_PDNS") {}
};

class SimDnsWorld : public SimWorld {
 public:
  SimDnsWorld() { dns_.attach(loop()); }
  [[nodiscard]] act::DnsProvider& dns() { return dns_; }

 private:
  sim::SimDns dns_{loop()};
};

}  // namespace edgeherd::test
