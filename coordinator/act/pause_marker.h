// PauseMarker: a pause, written down beside the database as well.
//
// A database of before the pause that is put back knows nothing of it, and the fleet would go on as
// if nobody had stopped it. The file says so still. It is written, and removed at the end of the
// pause, before the operator is told; a crash before that leaves the fleet paused.
// Thread: the loop's; it writes there, but only when the pause changes.
#pragma once

#include <optional>
#include <string>

#include "common/core/file_system.h"
#include "coordinator/act/core/recovery.h"
#include "coordinator/model/fleet.h"

namespace edgeherd::act {

class PauseMarker {
 public:
  PauseMarker(FileSystem& files, std::string path);

  // Adds the pause that the file holds to what was restored from a database that does not know it.
  // A file that cannot be read is a pause, too. `database`: what people call it.
  void restore(Restored& from_database, const std::string& database) const;

  // Makes the file say what is so now; tried again at the next call. The error is the first one
  // since it last succeeded: told once.
  Status keep(const model::Fleet& fleet);

 private:
  [[nodiscard]] std::optional<std::string> found() const;
  Status remove();

  FileSystem& files_;
  std::string path_;
  std::optional<std::optional<std::string>> kept_;  // what the file says; nothing: not known
  bool told_ = false;
};

}  // namespace edgeherd::act
