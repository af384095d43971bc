#include "coordinator/act/calls/user_data.h"

#include <boost/json.hpp>

namespace edgeherd::act {

namespace json = boost::json;

// boost::json keeps the order of insertion: the same values always give the same bytes.
std::string make_user_data(const UserDataSource& source, const std::string& fleet,
                           const NodeId& node, const ZoneId& zone) {
  json::array coordinators;
  for (const CoordinatorAddress& address : source.coordinators) {
    coordinators.push_back({{"endpoint", address.endpoint},
                            {"enroll_endpoint", address.enroll_endpoint},
                            {"public_key", address.public_key}});
  }
  const json::object document{
      {"schema", 1},
      {"fleet", fleet},
      {"node", node.str()},
      {"zone", zone.str()},
      {"enrolment_token", source.enrolment_token ? source.enrolment_token(node) : std::string()},
      {"probe_token", source.probe_token ? source.probe_token(node) : std::string()},
      {"coordinators", std::move(coordinators)}};
  return json::serialize(document);
}

}  // namespace edgeherd::act
