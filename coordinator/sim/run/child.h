// Child: one process that plays one scenario, and its end. Private to coordinator/sim/run.
//
// Thread: one owner. Destruction kills a process that still runs, and waits for it.
#pragma once

#include <memory>
#include <string>

#include <sys/types.h>

#include "common/os/fd.h"
#include "coordinator/sim/run/apart.h"
#include "coordinator/sim/run/last_words.h"

namespace edgeherd::sim {

class Child {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Child>> start(const Crew& crew, const Task& task);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Readable when there is something for read_some().
  [[nodiscard]] int descriptor() const { return result_.get(); }
  enum class More { yes, no };
  // Takes what is there; no more comes when the process has said all.
  More read_some();
  // After that: waits for its end, and says what came of it. The error is the history file's.
  [[nodiscard]] Result<Outcome> finish();

 private:
  Child() = default;
  [[nodiscard]] Outcome crashed(int status) const;

  pid_t pid_ = -1;
  std::uint64_t seed_ = 0;
  os::Fd result_;     // one line: the outcome, or why there is none
  os::Fd complaint_;  // its standard error
  std::unique_ptr<LastWords> last_words_;
  std::string received_;
};

}  // namespace edgeherd::sim
