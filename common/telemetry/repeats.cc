#include "common/telemetry/repeats.h"

#include <algorithm>

namespace edgeherd::telemetry {

std::optional<std::string> Repeats::pass(const std::string& line, MonoTime now) {
  auto found = lines_.find(line);
  if (found != lines_.end() && now - found->second.last > found->second.gap) {
    lines_.erase(found);
    found = lines_.end();
  }
  if (found == lines_.end()) {
    if (lines_.size() >= most_lines) {
      lines_.erase(std::min_element(lines_.begin(), lines_.end(), [](const auto& a, const auto& b) {
        return a.second.last < b.second.last;
      }));
    }
    lines_[line] = {now, now};
    return line;
  }
  Said& said = found->second;
  said.last = now;
  if (now - said.logged < said.gap) {
    ++said.left_out;
    return std::nullopt;
  }
  std::string text = line;
  if (said.left_out > 0) {
    text += " (and " + std::to_string(said.left_out) + " times before, since " +
            std::to_string(static_cast<long long>(seconds(now - said.logged))) + " s)";
  }
  said = {now, now, std::min(2 * said.gap, Duration(most_gap)), 0};
  return text;
}

}  // namespace edgeherd::telemetry
