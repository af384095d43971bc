// Creations: a droplet for an intent, once, though the API knows no intents.
//
// Before a droplet is asked for, and after every request whose outcome is not known, the account is
// asked for droplets with the intent's tag. A request is never repeated blindly: when its outcome
// stays unknown to the end of the settle window, the error says so, and the coordinator's list of
// the account decides. Calls for an intent that is under way wait for its outcome.
//
// Thread: the loop's. Destroying it drops what is under way.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/act/seams/provider.h"
#include "coordinator/providers/digitalocean/api.h"
#include "coordinator/providers/digitalocean/images.h"
#include "coordinator/providers/digitalocean/options.h"
#include "coordinator/providers/digitalocean/order.h"

namespace edgeherd::digitalocean {

class Creations {
 public:
  using Done = std::function<void(Result<model::Vm>)>;

  // All outlive it.
  Creations(const Options& options, Api& api, EventLoop& loop);

  // `done` once, on the loop, never inline.
  void create(act::CreateRequest request, Done done);

 private:
  struct Order;  // one creation under way
  using OrderPtr = std::shared_ptr<Order>;
  using Looked = std::function<void(Result<std::vector<model::Vm>>)>;

  void look(const OrderPtr& order, const budget::Call& call, Looked looked);
  void find_image(const OrderPtr& order);
  void place(const OrderPtr& order);
  void refused(const OrderPtr& order, const Error& error);
  void settle(const OrderPtr& order, Error unclear);
  void finish(const OrderPtr& order, const Result<model::Vm>& result);

  const Options& options_;
  Api& api_;
  EventLoop& loop_;
  Images images_;
  std::map<NodeId, OrderPtr> under_way_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace edgeherd::digitalocean
