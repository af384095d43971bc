// History: the last minutes of the figures that the page draws. About 7 KB, allocated once.
//
// Thread: one owner.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "agent/collect/reading.h"

namespace edgeherd::agent {

enum class Series { requests, latency_p99, cpu, egress, disk, connections };
inline constexpr std::size_t series_count = 6;
inline constexpr std::size_t history_points = 300;  // at one a second: five minutes

class History {
 public:
  History() : points_(history_points) {}

  void add(const Reading& reading);

  // Oldest first; a point without a value is NaN. At most `limit` points, each the largest of the
  // points it stands for, so that a short peak stays visible.
  [[nodiscard]] std::vector<float> series(Series which, std::size_t limit) const;

 private:
  using Point = std::array<float, series_count>;

  std::vector<Point> points_;
  std::size_t next_ = 0;
  std::size_t size_ = 0;
};

}  // namespace edgeherd::agent
