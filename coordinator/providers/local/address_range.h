// The addresses that nodes are given: a part of 127.0.0.0/8 without 127.0.0.x, or of a private
// range (RFC 1918) that is local where the nodes run.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "common/core/random.h"
#include "common/core/result.h"

namespace edgeherd::local {

class AddressRange {
 public:
  // "127.64.0.0/10", prefix 9 to 28. `invalid` names the text and what is wrong with it.
  [[nodiscard]] static Result<AddressRange> parse(std::string_view text);

  // One that is not in `taken`. Picked at random, so that an address given back is not soon another
  // node's: names and clients may remember it for a while. `out_of_stock` when hardly any is free.
  [[nodiscard]] Result<std::string> pick(const std::set<std::string>& taken, Random& random) const;

  [[nodiscard]] bool contains(std::string_view address) const;
  [[nodiscard]] std::string text() const;

 private:
  std::uint32_t first_ = (127U << 24) | (64U << 16);
  int prefix_ = 10;
};

}  // namespace edgeherd::local
