// SimProvider: the twin of a cloud account, with the bad days of one.
//
// A creation makes a server after a delay, whether or not its answer arrives; two creations for one
// intent make two servers, as most clouds would. The list may lag behind. Thread: the loop's.
// `world` outlives it; it outlives coordinators. One coordinator may attach() its loop and use the
// provider itself; several at once connect(), each for a provider of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "coordinator/act/seams/provider.h"

namespace edgeherd::sim {

struct CloudWeather {
  Duration least_latency = 50ms;  // of every call, until its answer
  Duration most_latency = 300ms;
  double refuse_create = 0;          // probabilities, per call: `unavailable`, nothing was made
  double lose_answer = 0;            // it is done, but the answer comes after `lost_for`, or never
  std::optional<Duration> lost_for;  // nothing: never
  double throttle = 0;               // any call: `throttled`, nothing was done
  double fail_list = 0;              // `broken`: pages do not agree
  std::optional<std::size_t> most_listed;  // only the first so many, told as if they were all
  bool list_foreign = false;  // another project's credentials: none of the servers is listed
  double list_twice = 0;      // a listing gives a server twice
  double fail_destroy = 0;    // `unavailable`, nothing was done
  double fail_reboot = 0;     // likewise
  double double_create = 0;   // a creation makes two servers
  double name_another = 0;    // a creation's answer names another server of the account
  bool list_bare = false;     // listings tell no addresses
  bool address_in_list_only = false;   // a creation's answer does not name it yet
  Duration list_lag{};                 // a new server is listed only after so long
  Duration ghost_for{};                // a destroyed one is listed for so long
  double recycle_address = 0;          // a new server gets the address of one that is gone
  std::set<std::string> out_of_stock;  // "<place>", or "<place>/<size>"
};

class SimProvider final : public act::Provider {
 public:
  using Listener = std::function<void(const model::Vm&, const std::string& user_data)>;

  SimProvider(SimLoop& world, SimRandom random, std::string name);
  ~SimProvider() override;

  void create(act::CreateRequest request, std::function<void(Result<model::Vm>)> done) override;
  void destroy(VmId vm, std::function<void(Status)> done) override;
  void reboot(VmId vm, std::function<void(Status)> done) override;
  void list(std::function<void(Result<std::vector<model::Vm>>)> done) override;
  void images(std::function<void(Result<std::vector<act::Image>>)> done) override;

  void attach(EventLoop& process);
  void detach();  // the coordinator is gone: answers reach nobody
  // The same account as one coordinator sees it: answers go to its loop, and to nobody once what is
  // returned here is destroyed.
  [[nodiscard]] std::unique_ptr<act::Provider> connect(EventLoop& process);

  CloudWeather& weather();
  // How its servers are called, by their number; "name-N" if nothing is said.
  void name_servers(std::function<std::string(std::uint64_t number)> name);
  // When a server starts, restarts, or is gone for good.
  void on_started(Listener listener);
  // Just before a coordinator's call takes a server away, at the moment it reaches the cloud.
  void on_destroy_call(std::function<void(const model::Vm&)> listener);
  void on_destroyed(std::function<void(const VmId&)> listener);

  // What a cloud does by itself.
  void vanish(const VmId& vm);  // deleted behind our back
  // Made by somebody else; the id, and an address if it has none, are given here. With user data it
  // starts like one of ours (a clone).
  VmId add(model::Vm vm, const std::string& user_data = "");
  void set_power(const VmId& vm, model::Power power);

  struct Server {
    model::Vm vm;
    std::string user_data;
    std::string size;
    MonoTime listed_from{};
    int left_out = 0;  // complete listings in a row that did not have it
  };
  [[nodiscard]] const std::map<VmId, Server>& servers() const;
  // Every server that was ever made for an intent, and how many of them at most lived at once.
  [[nodiscard]] const std::map<NodeId, int>& made() const;
  [[nodiscard]] const std::map<NodeId, int>& most_at_once() const;
  // Intents of which a server was made without a call of ours: by the cloud, twice for one call, or
  // by somebody else, as a clone.
  [[nodiscard]] const std::set<NodeId>& doubled() const;
  // The user data of every creation call for an intent; more than one entry is a broken promise.
  [[nodiscard]] const std::map<NodeId, std::set<std::string>>& asked_with() const;
  // Creations that were refused since there was none: the intents.
  [[nodiscard]] const std::set<NodeId>& sold_out() const;
  [[nodiscard]] std::uint64_t calls() const;
  [[nodiscard]] std::uint64_t creations() const;  // servers ever made
  [[nodiscard]] bool has_made(const VmId& vm) const;
  // The most calls of one coordinator that were under way at once.
  [[nodiscard]] std::size_t most_calls_at_once() const;

 private:
  class Port;
  struct State;
  std::shared_ptr<State> state_;
  std::unique_ptr<Port> own_;  // of whoever is attached
};

}  // namespace edgeherd::sim
