// FanOut: all notification targets as one Notifier. Thread: the loop's.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/notify/outbox.h"

namespace edgeherd::notify {

class FanOut final : public act::Notifier {
 public:
  struct Target {
    std::string name;
    std::unique_ptr<Outbox> outbox;
  };

  void notify(const act::EventRecord& record) override {
    for (const Target& target : targets_) target.outbox->notify(record);
  }
  // Replaces all targets; what waits in those that nobody took is dropped.
  void set(std::vector<Target> targets) { targets_ = std::move(targets); }
  [[nodiscard]] std::vector<Target> take() { return std::exchange(targets_, {}); }
  [[nodiscard]] const std::vector<Target>& targets() const { return targets_; }

 private:
  std::vector<Target> targets_;
};

}  // namespace edgeherd::notify
