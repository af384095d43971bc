#include "tests/bench/gateway_agents.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <sstream>
#include <thread>

#include <unistd.h>
#include <zmq.h>

#include "common/net/descriptor_limit.h"
#include "common/wire/codec.h"

namespace edgeherd::bench {

namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

[[noreturn]] void fatal(const std::string& what) {
  std::fprintf(stderr, "gateway_bench, load: %s\n", what.c_str());
  ::_exit(1);
}

// All threads of this process.
double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Returns when libzmq's thread has had nothing to do for a while.
void settle() {
  constexpr double idle_s = 0.001;
  double before = -1;
  for (double now = cpu_seconds(); now - before > idle_s; now = cpu_seconds()) {
    before = now;
    std::this_thread::sleep_for(milliseconds(200));
  }
}

}  // namespace

Agents::Agents(std::span<const net::CurveKeyPair> keys) : keys_(keys), said_(keys.size()) {
  // A socket is a connection and an eventfd.
  const auto status = net::ensure_descriptors(keys.size() * 2);
  if (!status.ok()) fatal(status.error().message);
  context_ = zmq_ctx_new();
  zmq_ctx_set(context_, ZMQ_MAX_SOCKETS, static_cast<int>(keys.size()) + 16);
  auto& sample = std::get<wire::Sample>(message_);
  sample.boot_id = "abcdefghijklmnopqrstuvwxyz";  // as long as a real one
  sample.ready = true;
  sample.load1 = 0.7;
  sample.cpus = 4;
  sample.mem_total_bytes = 8'000'000'000;
  sample.mem_available_bytes = 5'000'000'000;
  sample.psi_cpu_us = sample.psi_memory_us = sample.psi_io_us = 0;
  sample.net_rx_bytes = sample.disk_read_bytes = sample.disk_write_bytes = 1'000'000;
  sample.connections = 120;
  sample.status_classes = {0, 0, 0, 0, 0};
  sample.latency.resize(20);
}

void Agents::connect(const std::string& endpoint, const std::string& server_key) {
  const std::string hello = wire::encode(wire::Hello{});
  for (const auto& key : keys_) {
    void* socket = zmq_socket(context_, ZMQ_DEALER);
    if (socket == nullptr) fatal("out of sockets");
    const int no_limit = 0;
    const int no_linger = 0;
    zmq_setsockopt(socket, ZMQ_LINGER, &no_linger, sizeof no_linger);
    zmq_setsockopt(socket, ZMQ_SNDHWM, &no_limit, sizeof no_limit);
    zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server_key.data(), server_key.size());
    zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, key.public_key.data(), key.public_key.size());
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, key.secret_key.data(), key.secret_key.size());
    if (zmq_connect(socket, endpoint.c_str()) != 0) fatal("connecting");
    zmq_send(socket, hello.data(), hello.size(), ZMQ_DONTWAIT);
    sockets_.push_back(socket);
  }
}

void Agents::obey(int orders, int answers) {
  std::string text;
  auto wake = Steady::now();
  while (true) {
    char buffer[512];
    const ssize_t size = ::read(orders, buffer, sizeof buffer);
    if (size == 0) ::_exit(0);
    if (size > 0) text.append(buffer, static_cast<std::size_t>(size));
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
      follow(text.substr(0, end), answers);
      text.erase(0, end + 1);
      wake = Steady::now();
    }
    wake += milliseconds(1);
    std::this_thread::sleep_until(wake);
    if (paced_) keep_pace();
  }
}

void Agents::follow(const std::string& line, int answers) {
  std::istringstream words(line);
  std::string verb;
  words >> verb;
  paced_ = verb == "paced";
  due_ = 0;
  if (verb == "connect") {
    std::string endpoint;
    std::string server_key;
    words >> endpoint >> server_key;
    connect(endpoint, server_key);
  } else if (verb == "say") {
    int count = 0;
    words >> count;
    say_all(count);
    if (::write(answers, "!", 1) != 1) fatal("answering");
  }
}

void Agents::keep_pace() {
  for (due_ += static_cast<double>(sockets_.size()) / 1000; due_ >= 1; due_ -= 1) {
    say(next_++ % sockets_.size());
  }
}

void Agents::say_all(int count) {
  for (int i = 0; i < count; ++i) {
    for (std::size_t agent = 0; agent < sockets_.size(); ++agent) say(agent);
  }
  settle();
}

void Agents::say(std::size_t agent) {
  const std::uint64_t seq = ++said_[agent];
  auto& sample = std::get<wire::Sample>(message_);
  sample.seq = seq;
  sample.uptime_ms = seq * 1000;
  sample.cpu_busy_ms = seq * 1200;
  sample.net_tx_bytes = seq * 2'000'000;
  sample.disk_busy_ms = seq * 20;
  sample.requests = seq * 100;
  sample.requests_until_ms = 1'763'856'000'000 + seq * 1000;
  sample.body_bytes = seq * 1'900'000;
  sample.status_classes[1] = seq * 100;
  for (std::size_t i = 0; i < sample.latency.size(); ++i) {
    sample.latency[i] = {static_cast<std::uint16_t>(200 + 3 * i), seq * 5};
  }
  wire::encode(message_, bytes_);
  zmq_send(sockets_[agent], bytes_.data(), bytes_.size(), ZMQ_DONTWAIT);
}

}  // namespace edgeherd::bench
