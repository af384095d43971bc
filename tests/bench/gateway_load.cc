#include "tests/bench/gateway_load.h"

#include <cassert>
#include <cerrno>
#include <csignal>
#include <span>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/gateway_agents.h"

namespace edgeherd::bench {

LoadProcesses::LoadProcesses(const std::vector<net::CurveKeyPair>& agents, int processes) {
  const std::span<const net::CurveKeyPair> all(agents);
  const auto count = static_cast<std::size_t>(processes);
  for (std::size_t i = 0; i < count; ++i) {
    int orders[2];
    int answers[2];
    if (::pipe2(orders, O_CLOEXEC) != 0 || ::pipe2(answers, O_CLOEXEC) != 0) std::abort();
    const int pid = ::fork();
    if (pid == 0) {
      ::close(orders[1]);
      ::close(answers[0]);
      for (const auto& sibling : children_) {
        ::close(sibling.orders);
        ::close(sibling.answers);
      }
      ::fcntl(orders[0], F_SETFL, O_NONBLOCK);
      const std::size_t from = all.size() * i / count;
      const std::size_t to = all.size() * (i + 1) / count;
      Agents(all.subspan(from, to - from)).obey(orders[0], answers[1]);
    }
    ::close(orders[0]);
    ::close(answers[1]);
    children_.push_back({pid, orders[1], answers[0]});
  }
}

LoadProcesses::~LoadProcesses() {
  for (const auto& child : children_) {
    ::close(child.orders);
    ::close(child.answers);
    ::kill(child.pid, SIGKILL);
    ::waitpid(child.pid, nullptr, 0);
  }
}

void LoadProcesses::order(const std::string& line) {
  for (const auto& child : children_) {
    const ssize_t done = ::write(child.orders, line.data(), line.size());
    assert(done == static_cast<ssize_t>(line.size()));
  }
}

void LoadProcesses::signal_all(int number) {
  for (const auto& child : children_) ::kill(child.pid, number);
}

void LoadProcesses::connect(const std::string& endpoint, const std::string& server_key) {
  order("connect " + endpoint + " " + server_key + "\n");
}
void LoadProcesses::paced() {
  order("paced\n");
}
void LoadProcesses::quiet() {
  order("quiet\n");
}
void LoadProcesses::say(int count) {
  order("say " + std::to_string(count) + "\n");
  for (const auto& child : children_) {
    char done = 0;
    while (::read(child.answers, &done, 1) < 0 && errno == EINTR) {
    }
  }
}
void LoadProcesses::freeze() {
  signal_all(SIGSTOP);
}
void LoadProcesses::thaw() {
  signal_all(SIGCONT);
}

}  // namespace edgeherd::bench
