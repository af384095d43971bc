#include "coordinator/dns/file/configure.h"

namespace edgeherd::dns {

using config::Need;

FileDnsOptions read_options(config::Section& section) {
  FileDnsOptions options;
  section.ignore("type");  // it is how this section came here
  section.text("zone", options.zone, Need::required);
  options.zone = model::plain_name(options.zone);
  section.text("file", options.file, Need::required);
  if (!options.file.empty() && options.file.front() != '/') {
    section.problem("file",
                    "\"file\" must be a path from the root, as /var/lib/edgeherd/edge.zone");
  }
  section.choice("if_missing", options.if_missing,
                 {{"create", IfMissing::create}, {"fail", IfMissing::fail}}, Need::optional);
  section.text("name_server", options.name_server, Need::optional);
  section.text("hostmaster", options.hostmaster, Need::optional);
  section.texts("reload", options.reload, Need::optional);
  if (!options.reload.empty() && options.reload.front().empty()) {
    section.problem("reload", "\"reload\" must begin with a program");
  }
  section.finish();
  return options;
}

}  // namespace edgeherd::dns
