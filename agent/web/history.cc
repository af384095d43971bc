#include "agent/web/history.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace edgeherd::agent {
namespace {

constexpr float absent = std::numeric_limits<float>::quiet_NaN();

float point(const std::optional<double>& value) {
  return value ? static_cast<float>(*value) : absent;
}

}  // namespace

void History::add(const Reading& reading) {
  const auto& traffic = reading.traffic;
  const auto connections = reading.edge_connections;
  points_[next_] = {traffic ? point(traffic->requests_per_s) : absent,
                    traffic ? point(traffic->latency_p99_s) : absent,
                    point(reading.cpu_busy_ratio),
                    point(reading.net_tx_bytes_per_s),
                    point(reading.disk_busy_ratio),
                    connections ? static_cast<float>(*connections) : absent};
  next_ = (next_ + 1) % history_points;
  size_ = std::min(size_ + 1, history_points);
}

std::vector<float> History::series(Series which, std::size_t limit) const {
  std::vector<float> out;
  if (size_ == 0 || limit == 0) return out;
  const auto column = static_cast<std::size_t>(which);
  const auto group = (size_ + limit - 1) / limit;
  const auto first = next_ + history_points - size_;
  out.reserve(size_ / group + 1);
  for (std::size_t i = 0; i < size_; ++i) {
    const float value = points_[(first + i) % history_points][column];
    if (i % group == 0) {
      out.push_back(value);
    } else if (std::isnan(out.back()) || value > out.back()) {
      out.back() = value;
    }
  }
  return out;
}

}  // namespace edgeherd::agent
