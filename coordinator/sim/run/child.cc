#include "coordinator/sim/run/child.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <utility>

#include <boost/json/serialize.hpp>
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/os/system_error.h"

namespace edgeherd::sim {

namespace {

constexpr std::size_t kept_complaint = 2000;  // bytes
constexpr int kept_heap = 256 << 20;          // bytes
constexpr char no_history = '!';              // in front of the reason

class Progress final : public Watcher {
 public:
  explicit Progress(LastWords& last_words) : last_words_(last_words) {}
  void second(World& world) override { last_words_.reached(world.elapsed()); }

 private:
  LastWords& last_words_;
};

std::string play_to_line(const Crew& crew, const Task& task, LastWords& last_words) {
  std::ofstream history;
  if (!task.history.empty()) history.open(task.history, std::ios::trunc | std::ios::binary);
  Progress progress(last_words);
  Audience audience;
  audience.watcher = &progress;
  audience.on_line = [&](const std::string& line) {
    last_words.line(line);
    // Each line reaches the file, whatever becomes of this process.
    if (history.is_open()) history << line << '\n' << std::flush;
  };
  const bool good_start = task.history.empty() || history.is_open();
  if (!good_start) return no_history + task.history + ": " + std::strerror(errno);
  const Outcome outcome =
      crew.play ? crew.play(task.scenario, audience) : play(task.scenario, audience);
  if (!history) return no_history + task.history + " cannot be written";
  return boost::json::serialize(to_json(outcome));
}

// What stands above on the stack belongs to the parent.
[[noreturn]] void live(const Crew& crew, const Task& task, LastWords& last_words, int result,
                       int complaint) noexcept {
  // No handler of the parent's has a say here.
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (crew.not_for_runs >= 0) ::close(crew.not_for_runs);
  const Duration time = task.scenario.length + task.scenario.convergence;
  const double days = std::max(1.0, seconds(time) / seconds(24h));
  const auto cpu_s = static_cast<rlim_t>(days * seconds(crew.most_cpu));
  const rlimit cpu{cpu_s, cpu_s + 1};
  ::setrlimit(RLIMIT_CPU, &cpu);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::dup2(complaint, STDERR_FILENO);
  // A world lives for seconds: what it gives back it wants again a moment later.
  ::mallopt(M_TRIM_THRESHOLD, kept_heap);
  ::mallopt(M_MMAP_THRESHOLD, kept_heap);
  std::string line;
  try {
    line = play_to_line(crew, task, last_words) + "\n";
  } catch (const std::exception& defect) {
    std::fprintf(stderr, "exception: %s\n", defect.what());
    std::abort();
  }
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t part = ::write(result, line.data() + sent, line.size() - sent);
    if (part < 0 && errno != EINTR) ::_exit(1);
    if (part > 0) sent += static_cast<std::size_t>(part);
  }
  ::_exit(0);
}

std::string how_it_ended(int status) {
  if (!WIFSIGNALED(status)) return "exit code " + std::to_string(WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  const char* name = ::sigabbrev_np(signal);
  const std::string text = name == nullptr ? std::to_string(signal) : "SIG" + std::string(name);
  return signal == SIGXCPU ? text + ", it took more CPU time than a run may" : text;
}

// The end of what the process wrote to its standard error, in one line.
std::string complaint_of(int descriptor) {
  const off_t size = ::lseek(descriptor, 0, SEEK_END);
  const off_t from = std::max<off_t>(0, size - static_cast<off_t>(kept_complaint));
  std::string text(static_cast<std::size_t>(std::max<off_t>(0, size - from)), '\0');
  const ssize_t got = ::pread(descriptor, text.data(), text.size(), from);
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return text;
}

Duration cpu_of(const rusage& usage) {
  const auto of = [](const timeval& t) {
    return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

}  // namespace

Result<std::unique_ptr<Child>> Child::start(const Crew& crew, const Task& task) {
  auto child = std::unique_ptr<Child>(new Child);
  auto last_words = LastWords::make();
  if (!last_words) return last_words.error();
  child->last_words_ = std::move(*last_words);
  child->seed_ = task.scenario.seed;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os::system_error(errno, "a pipe to a simulation");
  child->result_ = os::Fd(ends[0]);
  const os::Fd to_parent(ends[1]);
  child->complaint_ = os::Fd(::memfd_create("edgeherd-simulation", MFD_CLOEXEC));
  if (!child->complaint_.open()) return os::system_error(errno, "a file in memory");
  child->pid_ = ::fork();
  if (child->pid_ < 0) return os::system_error(errno, "starting a simulation");
  if (child->pid_ == 0) {
    live(crew, task, *child->last_words_, to_parent.get(), child->complaint_.get());
  }
  return child;
}

Child::~Child() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

Child::More Child::read_some() {
  char buffer[16 * 1024];
  const ssize_t got = ::read(result_.get(), buffer, sizeof buffer);
  if (got < 0 && errno == EINTR) return More::yes;
  if (got <= 0) return More::no;
  received_.append(buffer, static_cast<std::size_t>(got));
  return More::yes;
}

Outcome Child::crashed(int status) const {
  Outcome outcome;
  outcome.seed = seed_;
  outcome.simulated = last_words_->elapsed();
  const std::string complaint = complaint_of(complaint_.get());
  outcome.violation = Violation{
      std::string(crash_promise),
      "the run died: " + how_it_ended(status) + (complaint.empty() ? "" : ": " + complaint),
      last_words_->elapsed()};
  outcome.last_lines = last_words_->lines(kept_lines);
  return outcome;
}

Result<Outcome> Child::finish() {
  int status = 0;
  rusage usage{};
  while (::wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (received_.starts_with(no_history)) {
    received_.erase(0, 1);
    if (received_.ends_with('\n')) received_.pop_back();
    return fail(Errc::unavailable, received_);
  }
  const bool whole = status == 0 && received_.ends_with('\n');
  Result<Outcome> outcome =
      whole ? parse_outcome("outcome", received_) : Result<Outcome>(crashed(status));
  if (outcome) outcome->cpu = cpu_of(usage);
  return outcome;
}

}  // namespace edgeherd::sim
