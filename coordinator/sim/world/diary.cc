#include "coordinator/sim/world/diary.h"

#include <cstdio>

namespace edgeherd::sim {

std::string clock_text(Duration since_start) {
  const long long ms = millis(since_start);
  char text[32];
  std::snprintf(text, sizeof text, "%lld:%02lld:%02lld.%03lld", ms / 3'600'000, ms / 60'000 % 60,
                ms / 1000 % 60, ms % 1000);
  return text;
}

void Diary::write(std::string_view what) {
  std::string line = clock_text(elapsed());
  line.append(" ").append(what);
  for (const char c : line) digest_ = (digest_ ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  ++lines_;
  if (on_line_) on_line_(line);
  newest_.push_back(std::move(line));
  if (newest_.size() > kept) newest_.pop_front();
}

void Diary::notify(const act::EventRecord& record) {
  const model::Note& note = record.note;
  write(std::string(to_string(note.severity)) + " " + note.code + " " + note.zone.str() + " " +
        note.node.str() + ": " + note.text);
  if (on_note_) on_note_(note);
}

}  // namespace edgeherd::sim
