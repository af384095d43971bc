// Who this box is, as it knows itself.
#pragma once

#include <string>

namespace edgeherd::agent {

[[nodiscard]] std::string host_name();

// The provider's instance id: what cloud-init found, else the machine's DMI UUID; empty if neither
// can be read. It differs on a clone of the disk, which is what it is for.
[[nodiscard]] std::string instance_id(const std::string& root);

// The firmware's id of the machine, which no clone of the disk shares; empty if it cannot be read.
[[nodiscard]] std::string machine_uuid(const std::string& root);

// What the machine's firmware says of its maker ("Amazon EC2", "DigitalOcean"); empty if nothing.
[[nodiscard]] std::string machine_vendor(const std::string& root);

}  // namespace edgeherd::agent
