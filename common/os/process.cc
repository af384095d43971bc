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
  std::string_view said = errors.empty() ? output : errors;
  while (said.ends_with('\n')) said.remove_suffix(1);
  if (const auto line = said.rfind('\n'); line != std::string_view::npos) {
    said.remove_prefix(line + 1);
  }
  if (!said.empty()) text += ": " + std::string(said.substr(0, 200));
  return text;
}

namespace {

// Our end of a pipe that the child writes to.
struct Stream {
  explicit Stream(asio::io_context& context) : pipe(context) {}

  // Gives the child's end.
  Result<Fd> open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error(errno, "making a pipe");
    // Only our end does not block: the child must not meet EAGAIN on its output.
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    pipe.assign(ends[0]);
    return Fd(ends[1]);
  }

  asio::posix::stream_descriptor pipe;
  std::array<char, 4096> chunk{};
};

}  // namespace

struct Process::State : std::enable_shared_from_this<Process::State> {
  State(asio::io_context& context, ProcessSpec what, Done when_done)
      : io(context),
        spec(std::move(what)),
        done(std::move(when_done)),
        output(context),
        errors(context),
        exit_event(context),
        timer(context) {}

  // Until a child is reaped its id cannot belong to another.
  ~State() {
    if (pid > 0) ::kill(-pid, SIGKILL);
  }

  void start() {
    if (auto started = try_start(); !started) {
      finish(started.error());
      return;
    }
    timer.expires_after(spec.deadline);
    timer.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error && !self->finished) self->on_deadline();
    });
    read(output, status.output);
    if (errors.pipe.is_open()) read(errors, status.errors);
    wait_for_exit();
  }

  Status try_start() {
    auto out = output.open();
    if (!out) return out.error();
    Fd err;
    if (spec.errors == Errors::apart) {
      auto made = errors.open();
      if (!made) return made.error();
      err = std::move(*made);
    }
    auto started = spawn(spec, out->get(), err.open() ? err.get() : out->get());
    if (!started) return started.error();
    pid = *started;
    Fd event(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!event.open()) {
      const int reason = errno;
      kill_group();
      return system_error(reason, "watching " + spec.argv.front());
    }
    exit_event.assign(event.release());
    return {};
  }

  void keep(std::string_view bytes, std::string& kept) {
    const std::size_t room = spec.output_limit - kept.size();
    status.truncated = status.truncated || bytes.size() > room;
    kept.append(bytes.substr(0, room));
  }

  void read(Stream& from, std::string& kept) {
    from.pipe.async_read_some(
        asio::buffer(from.chunk),
        [self = shared_from_this(), &from, &kept](const error_code& error, std::size_t got) {
          if (error || self->finished) return;
          self->keep({from.chunk.data(), got}, kept);
          self->read(from, kept);
        });
  }

  // What the child wrote before it ended is in the pipe already; what a daemon that it left behind
  // may still write is not waited for, and a chatty one is cut off.
  void drain(Stream& from, std::string& kept) {
    for (std::size_t drained = 0; drained <= 16 * spec.output_limit + from.chunk.size();) {
      const ssize_t got = ::read(from.pipe.native_handle(), from.chunk.data(), from.chunk.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return;
      keep({from.chunk.data(), static_cast<std::size_t>(got)}, kept);
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
    drain(output, status.output);
    if (errors.pipe.is_open()) drain(errors, status.errors);
    if (WIFSIGNALED(raw)) status.signal = WTERMSIG(raw);
    if (WIFEXITED(raw)) status.code = WEXITSTATUS(raw);
    finish(std::move(status));
  }

  void on_deadline() {
    kill_group();
    finish(fail(Errc::timeout, spec.argv.front() + ": not done after " +
                                   std::to_string(millis(spec.deadline)) + " ms, killed"));
  }

  // It runs no more of its own code. One that is stuck in the kernel (a disk, NFS) may end much
  // later: the loop does not stand still for it, unless nothing tells its end.
  void kill_group() {
    if (pid <= 0) return;
    const pid_t killed = std::exchange(pid, -1);
    ::kill(-killed, SIGKILL);
    const int how = exit_event.is_open() ? WNOHANG : 0;
    pid_t reaped = -1;
    do reaped = ::waitpid(killed, nullptr, how);
    while (reaped < 0 && errno == EINTR);
    if (reaped != 0) return;
    const auto gone = std::make_shared<asio::posix::stream_descriptor>(std::move(exit_event));
    gone->async_wait(asio::posix::stream_descriptor::wait_read,
                     [gone, killed](const error_code&) { ::waitpid(killed, nullptr, WNOHANG); });
  }

  void abandon() {
    finished = true;
    kill_group();
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
    for (Stream* stream : {&output, &errors}) {
      if (stream->pipe.is_open()) stream->pipe.close(ignored);
    }
    if (exit_event.is_open()) exit_event.close(ignored);
  }

  asio::io_context& io;
  ProcessSpec spec;
  Done done;
  Stream output;
  Stream errors;  // open if kept apart
  asio::posix::stream_descriptor exit_event;
  asio::steady_timer timer;
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
