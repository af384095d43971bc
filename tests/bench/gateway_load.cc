#include "tests/bench/gateway_load.h"

#include <cassert>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <span>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "common/net/descriptor_limit.h"
#include "common/wire/codec.h"

namespace edgeherd::bench {

namespace {

using Steady = std::chrono::steady_clock;

// One child: its agents' sockets on one context and one thread.
class Agents {
 public:
  explicit Agents(std::span<const net::CurveKeyPair> keys) : keys_(keys) {
    // A socket is a connection and an eventfd.
    const auto status = net::ensure_descriptors(keys.size() * 2);
    if (!status.ok()) fatal(status.error().message);
    context_ = zmq_ctx_new();
    zmq_ctx_set(context_, ZMQ_MAX_SOCKETS, static_cast<int>(keys.size()) + 16);
    sample_.boot_id = "bench";
    sample_.ready = true;
    sample_.load1 = 0.7;
    sample_.cpus = 4;
    sample_.mem_total_bytes = 8'000'000'000;
    sample_.mem_available_bytes = 5'000'000'000;
    sample_.psi_cpu_us = sample_.psi_memory_us = sample_.psi_io_us = 0;
    sample_.net_rx_bytes = sample_.disk_read_bytes = sample_.disk_write_bytes = 1'000'000;
    sample_.connections = 120;
    sample_.status_classes = {0, 0, 0, 0, 0};
    sample_.latency.resize(20);
  }

  void connect(const std::string& endpoint, const std::string& server_key) {
    const std::string hello = wire::encode(wire::Hello{});
    for (const auto& key : keys_) {
      void* socket = zmq_socket(context_, ZMQ_DEALER);
      if (socket == nullptr) fatal("out of sockets");
      const int queue = 64;
      const int no_linger = 0;
      zmq_setsockopt(socket, ZMQ_LINGER, &no_linger, sizeof no_linger);
      zmq_setsockopt(socket, ZMQ_SNDHWM, &queue, sizeof queue);
      zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server_key.data(), server_key.size());
      zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, key.public_key.data(), key.public_key.size());
      zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, key.secret_key.data(), key.secret_key.size());
      if (zmq_connect(socket, endpoint.c_str()) != 0) fatal("connecting");
      zmq_send(socket, hello.data(), hello.size(), ZMQ_DONTWAIT);
      sockets_.push_back(socket);
    }
  }

  // Says what `orders` asks for until its other end closes.
  void obey(int orders) {
    std::string text;
    bool pace = false;
    bool flood = false;
    std::size_t next = 0;
    auto wake = Steady::now();
    double due = 0;
    while (true) {
      char buffer[512];
      const ssize_t size = ::read(orders, buffer, sizeof buffer);
      if (size == 0) ::_exit(0);
      if (size > 0) text.append(buffer, static_cast<std::size_t>(size));
      for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
        std::istringstream line(text.substr(0, end));
        text.erase(0, end + 1);
        std::string verb;
        std::string endpoint;
        std::string server_key;
        line >> verb >> endpoint >> server_key;
        pace = verb == "paced";
        flood = verb == "flat";
        if (verb == "connect") connect(endpoint, server_key);
        wake = Steady::now();
        due = 0;
      }
      if (flood) {
        std::size_t taken = 0;
        for (std::size_t i = 0; i < sockets_.size(); ++i) taken += say(i) ? 1 : 0;
        // Spinning on full queues would only take the processor from who empties them.
        if (taken < sockets_.size() / 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        continue;
      }
      wake += std::chrono::milliseconds(1);
      std::this_thread::sleep_until(wake);
      if (!pace) continue;
      for (due += static_cast<double>(sockets_.size()) / 1000; due >= 1; due -= 1) {
        say(next++ % sockets_.size());
      }
    }
  }

 private:
  [[noreturn]] static void fatal(const std::string& what) {
    std::fprintf(stderr, "gateway_bench, load: %s\n", what.c_str());
    ::_exit(1);
  }

  // Whether it went into the queue.
  bool say(std::size_t agent) {
    const std::uint64_t seq = ++said_ / sockets_.size() + 1;
    sample_.seq = seq;
    sample_.uptime_ms = seq * 1000;
    sample_.cpu_busy_ms = seq * 1200;
    sample_.net_tx_bytes = seq * 2'000'000;
    sample_.disk_busy_ms = seq * 20;
    sample_.requests = seq * 100;
    sample_.requests_until_ms = 1'763'856'000'000 + seq * 1000;
    sample_.body_bytes = seq * 1'900'000;
    sample_.status_classes[1] = seq * 100;
    for (std::size_t i = 0; i < sample_.latency.size(); ++i) {
      sample_.latency[i] = {static_cast<std::uint16_t>(200 + 3 * i), seq * 5};
    }
    wire::encode(message_, bytes_);
    return zmq_send(sockets_[agent], bytes_.data(), bytes_.size(), ZMQ_DONTWAIT) >= 0;
  }

  std::span<const net::CurveKeyPair> keys_;
  void* context_ = nullptr;
  std::vector<void*> sockets_;
  std::uint64_t said_ = 0;
  wire::Message message_{std::in_place_type<wire::Sample>};
  wire::Sample& sample_ = std::get<wire::Sample>(message_);
  std::string bytes_;
};

}  // namespace

LoadProcesses::LoadProcesses(const std::vector<net::CurveKeyPair>& agents, int processes) {
  const std::span<const net::CurveKeyPair> all(agents);
  const auto count = static_cast<std::size_t>(processes);
  for (std::size_t i = 0; i < count; ++i) {
    int pipe[2];
    if (::pipe2(pipe, O_CLOEXEC) != 0) std::abort();
    const int pid = ::fork();
    if (pid == 0) {
      ::close(pipe[1]);
      for (const auto& sibling : children_) ::close(sibling.orders);
      ::fcntl(pipe[0], F_SETFL, O_NONBLOCK);
      const std::size_t from = all.size() * i / count;
      const std::size_t to = all.size() * (i + 1) / count;
      Agents(all.subspan(from, to - from)).obey(pipe[0]);
    }
    ::close(pipe[0]);
    children_.push_back({pid, pipe[1]});
  }
}

LoadProcesses::~LoadProcesses() {
  for (const auto& child : children_) {
    ::close(child.orders);
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

void LoadProcesses::connect(const std::string& endpoint, const std::string& server_key) {
  order("connect " + endpoint + " " + server_key + "\n");
}
void LoadProcesses::paced() {
  order("paced\n");
}
void LoadProcesses::flat_out() {
  order("flat\n");
}

}  // namespace edgeherd::bench
