#include "coordinator/act/names/apart.h"

#include <algorithm>
#include <utility>

namespace edgeherd::act {

namespace {

constexpr std::size_t most_in_a_row = 4;

}  // namespace

std::vector<Change> NamesApart::take(std::vector<Change> changes) {
  under_way_.clear();
  for (const Change& change : changes) under_way_.push_back(key_of(change.set));
  return changes;
}

std::vector<Change> NamesApart::next(std::vector<Change> changes, MonoTime now) {
  Keys wanted;
  for (const Change& change : changes) wanted.insert(key_of(change.set));
  std::erase_if(refused_, [&](const auto& entry) { return !wanted.contains(entry.first); });
  const auto those = [&](auto are_meant) {
    std::vector<Change> some;
    for (const Change& change : changes) {
      if (are_meant(key_of(change.set))) some.push_back(change);
    }
    return some;
  };
  for (; !doubtful_.empty(); doubtful_.pop_back()) {
    auto some = those([&](const NameKey& key) { return doubtful_.back().contains(key); });
    of_doubtful_ = !some.empty();
    if (of_doubtful_) return take(std::move(some));
  }
  of_doubtful_ = false;
  auto others = those([&](const NameKey& key) { return !refused_.contains(key); });
  if (!others.empty()) return take(std::move(others));
  auto again = those([&](const NameKey& key) { return refused_.at(key).again_at <= now; });
  if (again.size() > 1) again.resize(1);
  return take(std::move(again));
}

bool NamesApart::is_due(const std::vector<Change>& changes, MonoTime now) const {
  return std::ranges::any_of(changes, [&](const Change& change) {
    const auto known = refused_.find(key_of(change.set));
    return known == refused_.end() || known->second.again_at <= now;
  });
}

void NamesApart::written() {
  if (std::exchange(of_doubtful_, false)) doubtful_.pop_back();
  for (const NameKey& key : under_way_) refused_.erase(key);
  in_a_row_.clear();
}

NamesApart::Fault NamesApart::refused(const Error& error, MonoTime now, Random& random) {
  if (std::exchange(of_doubtful_, false)) doubtful_.pop_back();
  if (under_way_.size() > 1) {
    const auto middle =
        under_way_.begin() + static_cast<std::ptrdiff_t>((under_way_.size() + 1) / 2);
    doubtful_.emplace_back(middle, under_way_.end());
    doubtful_.emplace_back(under_way_.begin(), middle);
    return Fault::names;
  }
  for (const NameKey& key : under_way_) {
    Refused& one = refused_[key];
    one.error = error;
    one.again_at = now + one.backoff.next(random);
    in_a_row_.insert(key);
  }
  if (in_a_row_.size() < most_in_a_row) return Fault::names;
  *this = NamesApart();
  return Fault::service;
}

}  // namespace edgeherd::act
