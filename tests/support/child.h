// Work in a child process: for limits, mounts, users and crashes that the test itself must survive.
#pragma once

#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <string>
#include <string_view>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.h"

namespace edgeherd::test {

// A forked copy of this process, which must have no other thread. The child may write lines to the
// parent; it is killed with the object.
class Child {
 public:
  explicit Child(const std::function<void(int out)>& work) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::close(ends[0]);
      work(ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    in_ = ends[0];
  }
  ~Child() {
    kill();
    ::close(in_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Reads on; empty when the child has closed its end.
  std::string read_some() {
    std::array<char, 4096> chunk{};
    ssize_t got = 0;
    do {
      got = ::read(in_, chunk.data(), chunk.size());
    } while (got < 0 && errno == EINTR);
    return {chunk.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  }

  std::string read_all() {
    std::string all;
    for (std::string more = read_some(); !more.empty(); more = read_some()) all += more;
    return all;
  }

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
  }

  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int in_ = -1;
};

inline void say(int out, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(out, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) ::_exit(3);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

// Runs `work` in a child and gives the text that it returned.
inline std::string in_child(const std::function<std::string()>& work) {
  Child child([&](int out) { say(out, work()); });
  return child.read_all();
}

}  // namespace edgeherd::test
