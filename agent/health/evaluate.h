// Evaluates the kinds of checks that need no conversation. `root` is where proc/ lies ("/").
//
// Thread: any. evaluate(DiskFreeCheck) may block for as long as a sick disk or a dead network mount
// likes; the others read only /proc and the kernel.
#pragma once

#include <string>

#include <sys/statvfs.h>

#include "agent/health/check.h"
#include "common/http/message.h"

namespace edgeherd::agent {

[[nodiscard]] Finding evaluate(const ProcessCheck& check, const std::string& root);
[[nodiscard]] Finding evaluate(const MountCheck& check, const std::string& root);
[[nodiscard]] Finding evaluate(const DiskFreeCheck& check);
[[nodiscard]] Finding evaluate(const ClockOffsetCheck& check);
// What the file system answered.
[[nodiscard]] Finding evaluate(const DiskFreeCheck& check, const struct statvfs& disk);
// An answer that came in time.
[[nodiscard]] Finding evaluate(const HttpCheck& check, const http::Response& answer);

}  // namespace edgeherd::agent
