// KeyIndex: what belongs to an agent, by its key, for those who are asked with every message.
//
// The texts lie in the table itself and not behind pointers: of ten thousand agents none is in the
// processor's caches when his message comes, and each pointer that is followed costs as much as
// decoding the message. Owner: who has it; what it points to is not its own. Thread: the owner's.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>

#include <boost/unordered/unordered_flat_map.hpp>

#include "common/core/ids.h"

namespace edgeherd {

template <class T>
class KeyIndex {
 public:
  // In place of what was there. A text that is longer than any CURVE key is not kept: nobody can
  // speak under it.
  void put(const AgentKey& key, T* what) {
    if (fits(key.str())) table_[Packed(key.str())] = what;
  }
  void erase(const AgentKey& key) {
    if (fits(key.str())) table_.erase(Packed(key.str()));
  }
  // nullptr when there is none.
  [[nodiscard]] T* find(std::string_view key) const {
    if (!fits(key)) return nullptr;
    const auto found = table_.find(Packed(key));
    return found == table_.end() ? nullptr : found->second;
  }

 private:
  static constexpr std::size_t longest = 40;  // bytes: a CURVE key in Z85
  static bool fits(std::string_view key) { return key.size() <= longest; }

  struct Packed {
    explicit Packed(std::string_view key) : length(key.size()) {
      std::copy(key.begin(), key.end(), text.begin());
    }
    bool operator==(const Packed&) const = default;

    std::size_t length;
    std::array<char, longest> text{};
  };
  struct Hash {
    std::size_t operator()(const Packed& key) const {
      return std::hash<std::string_view>{}({key.text.data(), key.length});
    }
  };

  boost::unordered_flat_map<Packed, T*, Hash> table_;
};

}  // namespace edgeherd
