// SessionStore: what a session must not forget: the drain state and where this key is enrolled.
//
// One small file, replaced atomically: lines of "<name> <value>". Thread: the loop's.
#pragma once

#include <set>
#include <string>

#include "agent/session/session.h"
#include "common/core/file_system.h"

namespace edgeherd::session {

struct Remembered {
  DrainState drain = DrainState::serving;
  bool listener_touched = false;   // a close was tried: an undrain has to open
  bool flushing = false;           // the level that `flush` asked for
  std::string key;                 // ours, to which `enrolled` belongs
  std::set<std::string> enrolled;  // names of coordinators

  bool operator==(const Remembered&) const = default;
};

class SessionStore {
 public:
  // A missing file is a fresh start; a damaged one is an error that names it, never overwritten.
  [[nodiscard]] static Result<SessionStore> open(FileSystem& files, std::string path,
                                                 const std::string& our_key);

  [[nodiscard]] const Remembered& now() const { return now_; }
  // Durable before it counts; after an error nothing has changed.
  Status set(Remembered next);

 private:
  SessionStore(FileSystem& files, std::string path) : files_(&files), path_(std::move(path)) {}
  Status parse(std::string_view text);

  FileSystem* files_;
  std::string path_;
  Remembered now_;
};

}  // namespace edgeherd::session
