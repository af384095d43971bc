// Yard: all boxes of a world, by server and by address. Thread: the loop's.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "coordinator/sim/world/box.h"

namespace edgeherd::sim {

class Yard {
 public:
  Box& put(std::unique_ptr<Box> box) {
    Box& placed = *box;
    by_address_[placed.vm().address] = &placed;
    boxes_[placed.vm().id] = std::move(box);
    return placed;
  }
  void remove(const VmId& vm) {
    const auto found = boxes_.find(vm);
    if (found == boxes_.end()) return;
    const auto named = by_address_.find(found->second->vm().address);
    if (named != by_address_.end() && named->second == found->second.get()) {
      by_address_.erase(named);
    }
    boxes_.erase(found);
  }
  [[nodiscard]] Box* find(const VmId& vm) const {
    const auto found = boxes_.find(vm);
    return found == boxes_.end() ? nullptr : found->second.get();
  }
  [[nodiscard]] Box* at(const std::string& address) const {
    const auto found = by_address_.find(address);
    return found == by_address_.end() ? nullptr : found->second;
  }
  [[nodiscard]] const std::map<VmId, std::unique_ptr<Box>>& all() const { return boxes_; }

 private:
  std::map<VmId, std::unique_ptr<Box>> boxes_;
  std::unordered_map<std::string, Box*> by_address_;
};

}  // namespace edgeherd::sim
