// DeviceTable: one set of counters per real device, looked up by name, the list renewed now and
// then.
//
// Thread: one owner.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/clock.h"

namespace edgeherd::agent {

template <class Counters>
class DeviceTable {
 public:
  using Lister = std::optional<std::vector<std::string>> (*)(const std::string& root);

  DeviceTable(std::string root, Lister lister) : root_(std::move(root)), lister_(lister) {}

  // Renews the list when it is due. False when it is unknown which devices are real.
  bool refresh(MonoTime now) {
    if (known_ && now < renew_at_) return true;
    renew_at_ = now + renewal;
    if (const auto names = lister_(root_)) take(*names);
    return known_;
  }

  // Null for a device that does not count.
  [[nodiscard]] Counters* find(std::string_view name) {
    const auto at = std::ranges::find(devices_, name, &Entry::first);
    return at == devices_.end() ? nullptr : &at->second;
  }

 private:
  using Entry = std::pair<std::string, Counters>;
  static constexpr Duration renewal = 30s;

  // A device that stays keeps its counters.
  void take(const std::vector<std::string>& names) {
    std::vector<Entry> next;
    next.reserve(names.size());
    for (const auto& name : names) {
      auto* kept = find(name);
      next.emplace_back(name, kept == nullptr ? Counters{} : std::move(*kept));
    }
    devices_ = std::move(next);
    known_ = true;
  }

  std::string root_;
  Lister lister_;
  std::vector<Entry> devices_;
  bool known_ = false;
  MonoTime renew_at_{};
};

}  // namespace edgeherd::agent
