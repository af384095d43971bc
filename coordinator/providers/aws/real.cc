// The provider with what it owns in a running coordinator: its HTTP client, and its credentials.
#include "common/os/real.h"

#include <utility>

#include "common/http/client.h"
#include "common/os/asio_loop.h"
#include "coordinator/providers/aws/aws_provider.h"

namespace edgeherd::aws {

namespace {

class RealAwsProvider final : public act::Provider {
 public:
  RealAwsProvider(Options options, os::AsioLoop& loop)
      : files_(os::make_file_system()), client_(loop.io(), {.ca_file = options.ca_file}) {
    http::Transport transport = [this](http::ClientRequest request, http::Client::Done done) {
      client_.send(std::move(request), std::move(done));
    };
    source_ = make_credential_source(options.credentials, *files_, loop, transport);
    provider_ = make_aws_provider(std::move(options), loop, source_, std::move(transport));
  }

  void create(act::CreateRequest request, std::function<void(Result<model::Vm>)> done) override {
    provider_->create(std::move(request), std::move(done));
  }
  void destroy(VmId vm, std::function<void(Status)> done) override {
    provider_->destroy(std::move(vm), std::move(done));
  }
  void reboot(VmId vm, std::function<void(Status)> done) override {
    provider_->reboot(std::move(vm), std::move(done));
  }
  void list(std::function<void(Result<std::vector<model::Vm>>)> done) override {
    provider_->list(std::move(done));
  }
  void images(std::function<void(Result<std::vector<act::Image>>)> done) override {
    provider_->images(std::move(done));
  }

 private:
  const std::unique_ptr<FileSystem> files_;
  http::Client client_;
  std::shared_ptr<CredentialSource> source_;
  std::unique_ptr<act::Provider> provider_;
};

}  // namespace

std::unique_ptr<act::Provider> make_aws_provider(Options options, os::AsioLoop& loop) {
  return std::make_unique<RealAwsProvider>(std::move(options), loop);
}

}  // namespace edgeherd::aws
