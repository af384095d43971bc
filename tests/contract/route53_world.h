// Where the DNS suite runs, too: Route 53 as moto imitates it, with ec2_proxy.py between.
// aws_run.sh starts both.
#pragma once

#include <memory>
#include <sstream>

#include "common/aws/signed_calls.h"
#include "common/http/client.h"
#include "common/os/real.h"
#include "coordinator/dns/route53/route53_dns.h"
#include "tests/contract/moto_world.h"

namespace edgeherd::test {

class Route53World : public MotoWorld {
 public:
  Route53World() {
    std::istringstream words(control("reset", ""));
    std::string key;
    std::string image;
    words >> key >> secret_ >> image >> options_.hosted_zone;
    REQUIRE_FALSE(options_.hosted_zone.empty());
    write_credentials(key, secret_);
    options_.zone = "edge.example.org";
    options_.credentials.from = aws::CredentialsFrom::file;
    options_.credentials.file = credentials_file();
    options_.endpoint = url();
    if (tls_) reach("good");
    restart();
  }

  [[nodiscard]] act::DnsProvider& dns() { return *dns_; }
  [[nodiscard]] dns::Route53Options& options() { return options_; }
  [[nodiscard]] const std::string& secret() const { return secret_; }
  void restart() { dns_ = dns::make_route53_dns(options_, asio()); }
  [[nodiscard]] std::unique_ptr<act::DnsProvider> another() {
    return dns::make_route53_dns(options_, asio());
  }

  // By TLS of that manner from the next restart() on.
  void reach(const std::string& manner) {
    REQUIRE(tls_);
    options_.endpoint = tls_->url(manner);
    options_.ca_file = tls_->authority();
  }
  [[nodiscard]] const std::string& peer() const { return options_.endpoint; }
  void be_patient_for(Duration time) { options_.timeout = time; }

  // Another tool changes or lists the zone: signed, but by none of the provider's code.
  std::string foreign(const std::string& method, const std::string& body) {
    http::Client client(asio().io(), {});
    const auto files = os::make_file_system();
    const http::Transport transport = [&client](http::ClientRequest what, http::Client::Done done) {
      client.send(std::move(what), std::move(done));
    };
    const auto calls = std::make_shared<aws::SignedCalls>(
        url(), aws::sigv4::Scope{"us-east-1", "route53"},
        aws::make_credential_source(options_.credentials, *files, loop(), transport), loop(),
        transport);
    aws::SignedCalls::Call call;
    call.method = method;
    call.path = "/2013-04-01/hostedzone/" + options_.hosted_zone + "/rrset";
    call.body = body;
    const auto answer = await<Result<http::Response>>(
        *this, [&](auto done) { calls->send(std::move(call), done); });
    REQUIRE(answer);
    INFO(answer->body);
    REQUIRE(answer->status == 200);
    return answer->body;
  }

 private:
  std::string secret_;
  dns::Route53Options options_;
  std::unique_ptr<act::DnsProvider> dns_;
};

}  // namespace edgeherd::test
