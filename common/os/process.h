// Runs a configured argument vector (never a shell) with a deadline and a bound on its output.
//
// The child gets the given text (else /dev/null) as input, one pipe as output and error or one for
// each, no other descriptor of ours, default signal handling, and a process group of its own. At
// the deadline the whole group is killed (SIGKILL). A child that leaves a daemon behind is done
// when the child itself ends. Thread: the loop's. `done` is called exactly once, on the loop, never
// inline; not at all when the Process was destroyed first, which kills the group.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/result.h"

namespace boost::asio {
class io_context;
}

namespace edgeherd::os {

enum class Errors { with_output, apart };

struct ProcessSpec {
  std::vector<std::string> argv;         // argv[0] is looked up in PATH if it has no slash
  std::vector<std::string> environment;  // "NAME=value", in addition to our own
  std::string directory;                 // to start in; empty: ours
  Duration deadline = 30s;
  std::size_t output_limit = 64 * 1024;  // of each pipe; what is beyond it is read and dropped
  std::string input = {};                // its standard input; empty: /dev/null
  Errors errors = Errors::with_output;   // where standard error goes
};

struct ExitStatus {
  int code = 0;            // the exit code, when signal is 0
  int signal = 0;          // the signal that ended it, or 0
  std::string output;      // standard output; and error, as they came, unless kept apart
  std::string errors;      // standard error, if kept apart
  bool truncated = false;  // there was more output than output_limit

  [[nodiscard]] bool success() const { return code == 0 && signal == 0; }
  // "exit code 3: last line of the errors, or of the output", for logs.
  [[nodiscard]] std::string describe() const;
};

class Process {
 public:
  using Done = std::function<void(Result<ExitStatus>)>;

  // Errors: `invalid` (empty argv), `not_found`, `refused` (not executable), `timeout` (killed at
  // the deadline), `exhausted` (no descriptors or processes left). A failing exit is no error.
  [[nodiscard]] static std::unique_ptr<Process> run(boost::asio::io_context& io, ProcessSpec spec,
                                                    Done done);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

 private:
  struct State;
  explicit Process(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::os
