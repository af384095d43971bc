// The `exec` provider: a program of the operator's speaks with the cloud, in any language.
//
// Each call runs the program once, with a request as JSON on its standard input and an answer as
// JSON expected on its standard output; docs/providers/exec.md is the contract. What is not exactly
// such an answer is an error: a program that breaks off, or says less than it announced, never
// makes a short list of servers. At most `concurrency` programs that change servers run at once,
// and one that lists them beside; the others wait in order.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "coordinator/act/seams/provider.h"

namespace edgeherd::os {
class AsioLoop;
}

namespace edgeherd::exec {

struct Options {
  ProviderId account;
  std::vector<std::string> command;      // argument vector
  std::vector<std::string> environment;  // "NAME=value", in addition to the coordinator's own
  Duration timeout = 1min;  // of one call; then the program and its children are killed
  int concurrency = 4;
  // After it was asked for; later a call is not begun, but `throttled`: who asked waits for it no
  // longer. Not of the configuration.
  Duration begin_within = 50s;
};

// Changes, and as many lists; beyond it `throttled`.
inline constexpr std::size_t max_waiting = 1000;
inline constexpr std::size_t max_answer_bytes = 32 * 1024 * 1024;

// `loop` outlives the provider; no `done` is called after its destruction.
[[nodiscard]] std::unique_ptr<act::Provider> make_exec_provider(Options options,
                                                                os::AsioLoop& loop);

}  // namespace edgeherd::exec
