// The seams of a simulated coordinator, with somebody who sees each deed before it is done, and
// with the coordinator's death at any of them. Private to brain.cc.
//
// Thread: the loop's. What they are given outlives them.
#pragma once

#include <functional>
#include <memory>

#include "common/sim/sim_loop.h"
#include "coordinator/act/seams/dns_provider.h"
#include "coordinator/act/seams/notifier.h"
#include "coordinator/act/seams/provider.h"
#include "coordinator/act/seams/state_store.h"
#include "coordinator/sim/world/deed.h"
#include "coordinator/sim/world/watcher.h"

namespace edgeherd::sim {

// Of one process. Once dead it does and hears nothing more, although its last turn goes on to its
// end.
class Fate {
 public:
  using Strike = std::function<Stroke(const Deed&)>;
  // All of them outlive it; `died` is told once, from within the last turn.
  Fate(SimProcessLoop& loop, const Strike& strike, const std::function<void()>& died)
      : loop_(loop), strike_(strike), died_(died) {}

  // How it dies at this deed. `before`: it is dead, and the deed must not be done.
  [[nodiscard]] Stroke meet(DeedKind kind, std::string what);
  void die();
  [[nodiscard]] bool dead() const { return dead_; }

 private:
  SimProcessLoop& loop_;
  const Strike& strike_;
  const std::function<void()>& died_;
  bool dead_ = false;
};

class WatchedStore final : public act::StateStore {
 public:
  WatchedStore(SimLoop& world, act::StateStore& inner, Fate& fate)
      : world_(world), inner_(inner), fate_(fate) {}
  void commit(act::Batch batch, std::function<void(Status)> done) override;
  Result<Rows> load(act::Table table) override { return inner_.load(table); }

 private:
  SimLoop& world_;
  act::StateStore& inner_;
  Fate& fate_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

class WatchedProvider final : public act::Provider {
 public:
  using Tap = std::function<void(const CloudCall&)>;
  WatchedProvider(std::unique_ptr<act::Provider> inner, Fate& fate, const Tap& tap)
      : inner_(std::move(inner)), fate_(fate), tap_(tap) {}

  void create(act::CreateRequest request, std::function<void(Result<model::Vm>)> done) override;
  void destroy(VmId vm, std::function<void(Status)> done) override;
  void reboot(VmId vm, std::function<void(Status)> done) override;
  void list(std::function<void(Result<std::vector<model::Vm>>)> done) override;
  void images(std::function<void(Result<std::vector<act::Image>>)> done) override;

 private:
  std::unique_ptr<act::Provider> inner_;
  Fate& fate_;
  const Tap& tap_;
};

class WatchedDns final : public act::DnsProvider {
 public:
  using Tap = std::function<void(const std::vector<act::NameSet>&)>;
  WatchedDns(std::unique_ptr<act::DnsProvider> inner, Fate& fate, const Tap& tap)
      : inner_(std::move(inner)), fate_(fate), tap_(tap) {}

  void read(std::vector<act::NameKey> names,
            std::function<void(Result<std::vector<act::NameSet>>)> done) override;
  void write(std::vector<act::NameSet> wanted, std::function<void(Status)> done) override;
  [[nodiscard]] act::ReadPeriods read_periods() const override { return inner_->read_periods(); }

 private:
  std::unique_ptr<act::DnsProvider> inner_;
  Fate& fate_;
  const Tap& tap_;
};

// What a dead process would have said in its last turn is not said.
class LivingNotifier final : public act::Notifier {
 public:
  LivingNotifier(act::Notifier& inner, const Fate& fate) : inner_(inner), fate_(fate) {}
  void notify(const act::EventRecord& record) override {
    if (!fate_.dead()) inner_.notify(record);
  }

 private:
  act::Notifier& inner_;
  const Fate& fate_;
};

}  // namespace edgeherd::sim
