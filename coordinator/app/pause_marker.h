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

namespace edgeherd::app {

class PauseMarker {
 public:
  PauseMarker(FileSystem& files, std::string path);

  // The reason of the pause that the file holds; nothing if there is no file. A file that cannot be
  // read is a pause, too.
  [[nodiscard]] std::optional<std::string> found() const;

  // Makes the file say what is so now. An error is told once, and tried again at the next call.
  void keep(const std::optional<std::string>& reason);

 private:
  FileSystem& files_;
  std::string path_;
  std::optional<std::optional<std::string>> kept_;  // what the file says; nothing: not known
  bool told_ = false;
};

}  // namespace edgeherd::app
