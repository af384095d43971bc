// A server as its provider lists it.
#pragma once

#include <string>

#include "common/core/clock.h"
#include "common/core/ids.h"

namespace edgeherd::model {

enum class Power { starting, running, stopped, unknown };

struct Vm {
  VmId id;
  std::string fleet;            // our fleet tag; empty: not ours, never touched
  NodeId node;                  // the intent tag; empty: not launched by an intent
  std::string place;            // the provider's zone name
  std::string address;          // where the edge is served; empty until the provider knows it
  std::string private_address;  // where the health page is; empty: the same
  Power power = Power::unknown;
  ImageId image;
  WallTime created{};
};

}  // namespace edgeherd::model
