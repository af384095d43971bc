#include <utility>

#include "common/aws/credential_source.h"

namespace edgeherd::aws {

namespace {

class FixedCredentials final : public CredentialSource,
                               public std::enable_shared_from_this<FixedCredentials> {
 public:
  FixedCredentials(Credentials credentials, EventLoop& loop)
      : credentials_(std::move(credentials)), loop_(loop) {}

  void get(Done done) override {
    loop_.post([weak = weak_from_this(), done = std::move(done)] {
      if (const auto self = weak.lock()) done(self->credentials_);
    });
  }
  Renewal refused(const Credentials&) override { return Renewal::pointless; }

 private:
  const Credentials credentials_;
  EventLoop& loop_;
};

}  // namespace

std::shared_ptr<CredentialSource> make_fixed_credentials(Credentials credentials, EventLoop& loop) {
  return std::make_shared<FixedCredentials>(std::move(credentials), loop);
}

}  // namespace edgeherd::aws
