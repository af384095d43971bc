// Diary: what happened in a run, line by line: faults, notes of the coordinators, and deeds at the
// providers. The same scenario and the same build give the same bytes; digest() stands for them.
//
// Thread: the loop's. `world` outlives it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "common/sim/sim_loop.h"
#include "coordinator/act/seams/notifier.h"

namespace edgeherd::sim {

class Diary final : public act::Notifier {
 public:
  explicit Diary(SimLoop& world) : world_(world), start_(world.clock().mono()) {}

  void write(std::string_view what);
  void notify(const act::EventRecord& record) override;
  // Told of each line; for a history file.
  void on_line(std::function<void(const std::string&)> listener) { on_line_ = std::move(listener); }
  // Told of each note of a coordinator.
  void on_note(std::function<void(const model::Note&)> listener) { on_note_ = std::move(listener); }

  // FNV-1a of all lines.
  [[nodiscard]] std::uint64_t digest() const { return digest_; }
  [[nodiscard]] std::uint64_t lines() const { return lines_; }
  [[nodiscard]] const std::deque<std::string>& newest() const { return newest_; }
  [[nodiscard]] Duration elapsed() const { return world_.clock().mono() - start_; }

  static constexpr std::size_t kept = 200;

 private:
  SimLoop& world_;
  MonoTime start_;
  std::uint64_t digest_ = 14695981039346656037ULL;
  std::uint64_t lines_ = 0;
  std::deque<std::string> newest_;
  std::function<void(const std::string&)> on_line_;
  std::function<void(const model::Note&)> on_note_;
};

// "1:02:03.004"
[[nodiscard]] std::string clock_text(Duration since_start);

}  // namespace edgeherd::sim
