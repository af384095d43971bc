#include "coordinator/dns/digitalocean/configure.h"

namespace edgeherd::dns {

using config::Need;

DigitalOceanDnsOptions read_digitalocean_dns_options(config::Section& section) {
  DigitalOceanDnsOptions options;
  section.ignore("type");  // it is how this section came here
  section.text("zone", options.zone, Need::required);
  options.zone = model::plain_name(options.zone);
  options.domain = options.zone;
  section.text("domain", options.domain, Need::optional);
  options.domain = model::plain_name(options.domain);
  for (const auto& [key, name] : {std::pair("zone", options.zone), {"domain", options.domain}}) {
    if (!section.has(key)) continue;
    if (!is_plain_name(name)) {
      section.problem(key, "\"" + name + "\" is no name, as edge.example.org");
    }
  }
  if (options.zone != options.domain && !options.zone.ends_with("." + options.domain)) {
    section.problem("domain",
                    "the zone " + options.zone + " is not in the domain " + options.domain);
  }
  options.access = digitalocean::read_access(section);
  section.finish();
  return options;
}

}  // namespace edgeherd::dns
