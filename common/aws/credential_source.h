// Where signatures get their credentials from, again and again: those of an instance role live for
// hours, and a file may be replaced while we run.
//
// Thread: the loop's. `done` is called exactly once, never inline, and not at all once the source
// is gone. Errors never hold a secret.
#pragma once

#include <functional>
#include <memory>

#include "common/aws/credentials.h"
#include "common/core/event_loop.h"
#include "common/http/transport.h"

namespace edgeherd::aws {

// Whether asking again may give other credentials than those that were refused.
enum class Renewal { possible, pointless };

class CredentialSource {
 public:
  using Done = std::function<void(Result<Credentials>)>;

  virtual ~CredentialSource() = default;
  virtual void get(Done done) = 0;
  // The peer did not take `credentials`, which get() gave.
  virtual Renewal refused(const Credentials& credentials) = 0;
};

// Always these: of a simulated account, or a test's.
[[nodiscard]] std::shared_ptr<CredentialSource> make_fixed_credentials(Credentials credentials,
                                                                       EventLoop& loop);

// A file or the environment, read at the first use and after a refusal. `files` outlives it.
[[nodiscard]] std::shared_ptr<CredentialSource> make_stored_credentials(CredentialsSource source,
                                                                        FileSystem& files,
                                                                        EventLoop& loop);

// The role of the instance that we run on, by version 2 of the instance metadata service at
// `endpoint` ("http://169.254.169.254"); version 1 is never spoken. They are asked for anew five
// minutes before they expire, or after a refusal, at most once a minute; until they have expired,
// they are used when the service fails.
[[nodiscard]] std::shared_ptr<CredentialSource> make_role_credentials(std::string endpoint,
                                                                      EventLoop& loop,
                                                                      http::Transport transport);

struct RoleCredentials {
  Credentials credentials;
  WallTime expires{};
};

// The service's JSON for one role. `broken` says which field is wrong, never what it held.
[[nodiscard]] Result<RoleCredentials> parse_role_credentials(std::string_view text);

}  // namespace edgeherd::aws
