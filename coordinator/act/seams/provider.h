// Provider: the seam to one account of one cloud.
//
// Every call is asynchronous: `done` is called exactly once, on the coordinator's loop, never
// inline. Errors carry what may be done about them (Errc): throttled, out_of_stock, refused,
// not_found, unavailable, timeout (it may have happened), broken. Thread: the loop's.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/core/ids.h"
#include "common/core/result.h"
#include "coordinator/model/vm.h"

namespace edgeherd::act {

struct CreateRequest {
  NodeId node;  // the intent: the same node twice never makes two servers, where the cloud can tell
  std::string fleet;  // tag that every server of ours carries
  ZoneId zone;
  std::string place;  // the provider's zone name
  ImageId image;
  std::string size;
  std::string user_data;  // byte-identical on a retry
};

struct Image {
  ImageId id;
  std::string name;
  WallTime created{};
};

class Provider {
 public:
  virtual ~Provider() = default;
  virtual void create(CreateRequest request, std::function<void(Result<model::Vm>)> done) = 0;
  // `not_found` is a success for the caller's purpose, but is reported as it is: what the account
  // does not know may live in another one. Success is believed as soon as a list lacks the server.
  virtual void destroy(VmId vm, std::function<void(Status)> done) = 0;
  // An error of a kind that surely_not_done() names: nothing was done. Of a cloud that needs
  // several requests that is so until the first of them was accepted.
  virtual void reboot(VmId vm, std::function<void(Status)> done) = 0;
  // The whole account: complete (every page, counts agree) or an error. Never a part.
  virtual void list(std::function<void(Result<std::vector<model::Vm>>)> done) = 0;
  virtual void images(std::function<void(Result<std::vector<Image>>)> done) = 0;
};

}  // namespace edgeherd::act
