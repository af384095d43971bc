#include "common/os/process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/os/fd.h"
#include "common/os/spawn.h"
#include "common/os/system_error.h"

namespace edgeherd::os {

namespace asio = boost::asio;
using boost::system::error_code;

std::string ExitStatus::describe() const {
  std::string text = signal != 0 ? "ended by signal " + std::to_string(signal)
                                 : "exit code " + std::to_string(code);
  std::string_view said = output;
  while (said.ends_with('\n')) said.remove_suffix(1);
  if (const auto line = said.rfind('\n'); line != std::string_view::npos) {
    said.remove_prefix(line + 1);
  }
  if (!said.empty()) text += ": " + std::string(said.substr(0, 200));
  return text;
}

struct Process::State : std::enable_shared_from_this<Process::State> {
  State(asio::io_context& context, ProcessSpec what, Done when_done)
      : io(context),
        spec(std::move(what)),
        done(std::move(when_done)),
        pipe(context),
        exit_event(context),
        timer(context) {}

  // The child is always reaped here or in finish(): until then its id cannot belong to another.
  ~State() { kill_and_reap(); }

  void start() {
    if (auto started = try_start(); !started) {
      finish(started.error());
      return;
    }
    timer.expires_after(spec.deadline);
    timer.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error && !self->finished) self->on_deadline();
    });
    read_output();
    wait_for_exit();
  }

  Status try_start() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error(errno, "making a pipe");
    Fd read_end(ends[0]);
    const Fd write_end(ends[1]);
    // Only our end does not block: the child must not meet EAGAIN on its output.
    ::fcntl(read_end.get(), F_SETFL, O_NONBLOCK);
    auto started = spawn(spec, write_end.get());
    if (!started) return started.error();
    pid = *started;
    Fd event(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!event.open()) {
      const int reason = errno;
      kill_and_reap();
      return system_error(reason, "watching " + spec.argv.front());
    }
    pipe.assign(read_end.release());
    exit_event.assign(event.release());
    return {};
  }

  void keep(std::string_view bytes) {
    const std::size_t room = spec.output_limit - status.output.size();
    status.truncated = status.truncated || bytes.size() > room;
    status.output.append(bytes.substr(0, room));
  }

  void read_output() {
    pipe.async_read_some(asio::buffer(chunk),
                         [self = shared_from_this()](const error_code& error, std::size_t got) {
                           if (error || self->finished) return;
                           self->keep({self->chunk.data(), got});
                           self->read_output();
                         });
  }

  // What the child wrote before it ended is in the pipe already; what a daemon that it left behind
  // may still write is not waited for, and a chatty one is cut off.
  void drain_output() {
    for (std::size_t drained = 0; drained <= 16 * spec.output_limit + chunk.size();) {
      const ssize_t got = ::read(pipe.native_handle(), chunk.data(), chunk.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return;
      keep({chunk.data(), static_cast<std::size_t>(got)});
      drained += static_cast<std::size_t>(got);
    }
  }

  void wait_for_exit() {
    exit_event.async_wait(asio::posix::stream_descriptor::wait_read,
                          [self = shared_from_this()](const error_code& error) {
                            if (!error && !self->finished) self->on_exit();
                          });
  }

  void on_exit() {
    int raw = 0;
    const pid_t reaped = ::waitpid(pid, &raw, WNOHANG);
    if (reaped == 0) {
      wait_for_exit();
      return;
    }
    pid = -1;
    if (reaped < 0) {
      finish(system_error(errno, "waiting for " + spec.argv.front()));
      return;
    }
    drain_output();
    if (WIFSIGNALED(raw)) status.signal = WTERMSIG(raw);
    if (WIFEXITED(raw)) status.code = WEXITSTATUS(raw);
    finish(std::move(status));
  }

  void on_deadline() {
    kill_and_reap();
    finish(fail(Errc::timeout, spec.argv.front() + ": not done after " +
                                   std::to_string(millis(spec.deadline)) + " ms, killed"));
  }

  void kill_and_reap() {
    if (pid <= 0) return;
    ::kill(-pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid = -1;
  }

  void abandon() {
    finished = true;
    kill_and_reap();
    close();
    done = nullptr;
  }

  void finish(Result<ExitStatus> result) {
    finished = true;
    close();
    asio::post(io, [self = shared_from_this(), outcome = std::move(result)]() mutable {
      // Taken out first: `done` may destroy the Process, and with it this state.
      if (const Done call = std::exchange(self->done, nullptr); call) call(std::move(outcome));
    });
  }

  void close() {
    error_code ignored;
    timer.cancel();
    if (pipe.is_open()) pipe.close(ignored);
    if (exit_event.is_open()) exit_event.close(ignored);
  }

  asio::io_context& io;
  ProcessSpec spec;
  Done done;
  asio::posix::stream_descriptor pipe;
  asio::posix::stream_descriptor exit_event;
  asio::steady_timer timer;
  std::array<char, 4096> chunk{};
  ExitStatus status;
  pid_t pid = -1;
  bool finished = false;
};

Process::Process(std::shared_ptr<State> state) : state_(std::move(state)) {}

Process::~Process() {
  state_->abandon();
}

std::unique_ptr<Process> Process::run(asio::io_context& io, ProcessSpec spec, Done done) {
  auto state = std::make_shared<State>(io, std::move(spec), std::move(done));
  std::unique_ptr<Process> process(new Process(state));
  state->start();
  return process;
}

}  // namespace edgeherd::os
