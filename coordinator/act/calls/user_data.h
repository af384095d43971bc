// What a new server is told about its fleet, as JSON. Byte-identical whenever it is made again for
// the same node, so that a repeated creation is the same request.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/core/ids.h"
#include "coordinator/model/policy.h"

namespace edgeherd::act {

// Where and how an agent reaches a coordinator.
struct CoordinatorAddress {
  std::string endpoint;         // "tcp://10.0.0.1:7400", fleet port
  std::string enroll_endpoint;  // enrolment port
  std::string public_key;       // CURVE, Z85
};

struct UserDataSource {
  std::vector<CoordinatorAddress> coordinators;
  // Both must give the same text for the same node, for ever.
  std::function<std::string(const NodeId&)> enrolment_token;
  std::function<std::string(const NodeId&)> probe_token;
};

// { "schema": 1, "fleet", "node", "zone", "enrolment_token", "probe_token",
//   "coordinators": [ { "endpoint", "enroll_endpoint", "public_key" } ] }
[[nodiscard]] std::string make_user_data(const UserDataSource& source, const std::string& fleet,
                                         const NodeId& node, const ZoneId& zone);

}  // namespace edgeherd::act
