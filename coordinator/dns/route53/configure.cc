#include "coordinator/dns/route53/configure.h"

namespace edgeherd::dns {

using config::Need;

Route53Options read_route53_options(config::Section& section) {
  Route53Options options;
  section.ignore("type");    // it is how this section came here
  section.ignore("routed");  // coordinator/settings reads it
  section.text("zone", options.zone, Need::required);
  options.zone = model::plain_name(options.zone);
  section.text("hosted_zone", options.hosted_zone, Need::required);
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  if (section.has("hosted_zone") &&
      (options.hosted_zone.empty() || options.hosted_zone.size() > 32 ||
       options.hosted_zone.find_first_not_of(letters) != std::string::npos)) {
    section.problem("hosted_zone", "\"hosted_zone\" is the id of a hosted zone, as Z0123456789ABC");
  }
  aws::read_credentials(section, options.credentials);
  aws::read_endpoint(section, "endpoint", options.endpoint);
  section.duration("timeout", options.timeout, 1s, 1min, Need::optional);
  section.text("ca_file", options.ca_file, Need::optional);
  section.finish();
  return options;
}

}  // namespace edgeherd::dns
