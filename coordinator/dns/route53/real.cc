// The provider with what it owns in a running coordinator: its HTTP client, and its credentials.
#include "common/os/real.h"

#include <utility>

#include "common/http/client.h"
#include "common/os/asio_loop.h"
#include "coordinator/dns/route53/route53_dns.h"

namespace edgeherd::dns {

namespace {

class RealRoute53 final : public act::DnsProvider {
 public:
  RealRoute53(Route53Options options, os::AsioLoop& loop)
      : files_(os::make_file_system()), client_(loop.io(), {.ca_file = options.ca_file}) {
    http::Transport transport = [this](http::ClientRequest request, http::Client::Done done) {
      client_.send(std::move(request), std::move(done));
    };
    auto source = aws::make_credential_source(options.credentials, *files_, loop, transport);
    dns_ = make_route53_dns(std::move(options), loop, std::move(source), std::move(transport));
  }

  void read(std::vector<act::NameKey> names,
            std::function<void(Result<std::vector<act::NameSet>>)> done) override {
    dns_->read(std::move(names), std::move(done));
  }
  void write(std::vector<act::NameSet> wanted, std::function<void(Status)> done) override {
    dns_->write(std::move(wanted), std::move(done));
  }
  [[nodiscard]] act::ReadPeriods read_periods() const override { return dns_->read_periods(); }

 private:
  const std::unique_ptr<FileSystem> files_;
  http::Client client_;
  std::unique_ptr<act::DnsProvider> dns_;
};

}  // namespace

std::unique_ptr<act::DnsProvider> make_route53_dns(Route53Options options, os::AsioLoop& loop) {
  return std::make_unique<RealRoute53>(std::move(options), loop);
}

}  // namespace edgeherd::dns
