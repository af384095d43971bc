// Announcer: what the controller has to tell goes into the log, and to the notification targets.
// Thread: the loop's.
#pragma once

#include <string>

#include "common/telemetry/log.h"
#include "coordinator/notify/fan_out.h"

namespace edgeherd::app {

class Announcer final : public act::Notifier {
 public:
  void notify(const act::EventRecord& record) override {
    using telemetry::Level;
    const model::Note& note = record.note;
    const Level level = note.severity == model::Severity::info      ? Level::info
                        : note.severity == model::Severity::warning ? Level::warning
                                                                    : Level::error;
    std::string text = note.code + ": " + note.text;
    if (!note.node.empty()) text += " [" + note.node.str() + "]";
    if (!note.zone.empty()) text += " [" + note.zone.str() + "]";
    telemetry::log(level, "fleet", text);
    targets.notify(record);
  }

  notify::FanOut targets;
};

}  // namespace edgeherd::app
