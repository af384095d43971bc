#include "coordinator/dns/rfc2136/configure.h"

#include "coordinator/dns/rfc2136/message.h"

namespace edgeherd::dns {

using config::Need;

Rfc2136Options read_rfc2136_options(config::Section& section) {
  Rfc2136Options options;
  section.ignore("type");  // it is how this section came here
  section.text("zone", options.zone, Need::required);
  options.zone = model::plain_name(options.zone);
  if (!options.zone.empty()) {
    if (auto good = check_name(options.zone); !good) section.problem("zone", good.error().message);
  }
  section.text("server", options.server.host, Need::required);
  section.integer("port", options.server.port, 1, 65'535, Need::optional);
  section.text("key_file", options.key_file, Need::required);
  if (!options.key_file.empty() && options.key_file.front() != '/') {
    section.problem("key_file",
                    "\"key_file\" must be a path from the root, as /etc/edgeherd/dns.key");
  }
  section.duration("timeout", options.timeout, 100ms, 1min, Need::optional);
  section.finish();
  return options;
}

}  // namespace edgeherd::dns
