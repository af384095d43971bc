#include <optional>
#include <utility>

#include "common/aws/credential_source.h"

namespace edgeherd::aws {

namespace {

bool same(const Credentials& a, const Credentials& b) {
  return a.access_key_id == b.access_key_id && a.secret_access_key == b.secret_access_key &&
         a.session_token == b.session_token;
}

class StoredCredentials final : public CredentialSource,
                                public std::enable_shared_from_this<StoredCredentials> {
 public:
  StoredCredentials(CredentialsSource source, FileSystem& files, EventLoop& loop)
      : source_(std::move(source)), files_(files), loop_(loop) {}

  void get(Done done) override {
    if (!kept_) kept_ = load_credentials(source_, files_);
    loop_.post([weak = weak_from_this(), answer = *kept_, done = std::move(done)] {
      if (!weak.expired()) done(answer);
    });
    // What cannot be read may be in the middle of being replaced: the next use looks again.
    if (!kept_->ok()) kept_.reset();
  }

  Renewal refused(const Credentials& credentials) override {
    // Another answer may have brought the new ones already.
    if (kept_ && kept_->ok() && !same(**kept_, credentials)) return Renewal::possible;
    kept_ = load_credentials(source_, files_);
    return kept_->ok() && !same(**kept_, credentials) ? Renewal::possible : Renewal::pointless;
  }

 private:
  const CredentialsSource source_;
  FileSystem& files_;
  EventLoop& loop_;
  std::optional<Result<Credentials>> kept_;
};

}  // namespace

std::shared_ptr<CredentialSource> make_stored_credentials(CredentialsSource source,
                                                          FileSystem& files, EventLoop& loop) {
  return std::make_shared<StoredCredentials>(std::move(source), files, loop);
}

}  // namespace edgeherd::aws
