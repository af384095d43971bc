#include "tests/bench/gateway_usage.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

namespace edgeherd::bench {

ThreadTimes thread_times() {
  ThreadTimes times;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "schedstat");
    double nanos = 0;
    if (file >> nanos) times[std::stoi(task.path().filename())] = nanos * 1e-9;
  }
  return times;
}

CpuSpent spent(const ThreadTimes& from, const ThreadTimes& to) {
  CpuSpent sum;
  for (const auto& [thread, time] : to) {
    const auto before = from.find(thread);
    const double used = time - (before == from.end() ? 0 : before->second);
    sum.all_s += used;
    sum.busiest_s = std::max(sum.busiest_s, used);
  }
  return sum;
}

double pss_kb() {
  std::ifstream file("/proc/self/smaps_rollup");
  std::string key;
  double value = 0;
  while (file >> key) {
    if (key == "Pss:" && file >> value) return value;
  }
  return 0;
}

}  // namespace edgeherd::bench
