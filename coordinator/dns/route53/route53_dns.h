// DNS `route53`: names in a hosted zone of Amazon Route 53.
//
// A name's addresses are one record set of type A without a routing policy; a part's are one with
// its SetIdentifier and routing policy, beside those of others. A write changes all its
// names in one transaction (or several, if they do not fit into one), each by deleting the set that
// was read and creating the new one: what somebody else changed meanwhile is never overwritten, the
// write fails with `conflict` and the names are read again. Nothing but these sets is touched. A
// name that is an alias, a plain name with a routing policy, and a part's name without one are
// refused. A write is done when Route 53 has taken it. Until it says that its name servers have it
// (INSYNC) the names of that change, and no others, are unread as on their way. Calls are done one
// after the other, at most five requests a second, which is what AWS allows an account.
#pragma once

#include <memory>
#include <string>

#include "common/aws/configure.h"
#include "coordinator/act/seams/dns_provider.h"

namespace edgeherd::os {
class AsioLoop;
}

namespace edgeherd::dns {

struct Route53Options {
  std::string zone;         // "edge.example.org"
  std::string hosted_zone;  // "Z0123456789ABC"
  aws::CredentialsOptions credentials;
  std::string endpoint = "https://route53.amazonaws.com";
  Duration timeout = 20s;  // of one request
  std::string ca_file;     // empty: the system's trust store
  int page_size = 300;     // of listings; the most that Route 53 gives. Not a key: tests want pages
};

// `loop` outlives the provider; no `done` is called after its destruction.
[[nodiscard]] std::unique_ptr<act::DnsProvider> make_route53_dns(Route53Options options,
                                                                 os::AsioLoop& loop);

// The same over any transport and credentials; for tests.
[[nodiscard]] std::unique_ptr<act::DnsProvider> make_route53_dns(
    Route53Options options, EventLoop& loop, std::shared_ptr<aws::CredentialSource> source,
    http::Transport transport);

}  // namespace edgeherd::dns
