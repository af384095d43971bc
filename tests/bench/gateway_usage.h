// What this process has used so far.
#pragma once

#include <map>

namespace edgeherd::bench {

// CPU seconds of each thread, by the scheduler's clock.
using ThreadTimes = std::map<int, double>;
[[nodiscard]] ThreadTimes thread_times();
// Between two readings: of all threads, and of the one that worked most.
struct CpuSpent {
  double all_s = 0;
  double busiest_s = 0;
};
[[nodiscard]] CpuSpent spent(const ThreadTimes& from, const ThreadTimes& to);

// The proportional set size.
[[nodiscard]] double pss_kb();

}  // namespace edgeherd::bench
