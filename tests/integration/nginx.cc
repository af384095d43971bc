#include "tests/integration/nginx.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.h"

extern char** environ;

namespace edgeherd::test {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Below the range of outgoing connections, as packaging/demo/free_port.py draws: what the kernel
// chooses can be a connection's before nginx has it.
std::uint16_t free_port() {
  std::random_device random;
  std::uniform_int_distribution<int> below(12000, 32000);
  for (int tries = 0; tries < 200; ++tries) {
    const sockaddr_in address = loopback(static_cast<std::uint16_t>(below(random)));
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::close(fd);
    if (bound == 0) return ntohs(address.sin_port);
  }
  FAIL("no port of 127.0.0.1 is free");
  return 0;
}

int run(const std::vector<std::string>& argv) {
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t pid = 0;
  REQUIRE(::posix_spawnp(&pid, words[0], nullptr, nullptr, words.data(), environ) == 0);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{5, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const sockaddr_in address = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

// One request and its answer, which is small and comes with "ok" at its end.
bool ask(int fd, const std::string& path) {
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: edge\r\n\r\n";
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return false;
  }
  std::string answer;
  std::array<char, 2048> part{};
  while (!answer.ends_with("\r\n\r\nok")) {
    const ssize_t got = ::recv(fd, part.data(), part.size(), 0);
    if (got <= 0) return false;
    answer.append(part.data(), static_cast<std::size_t>(got));
  }
  return answer.starts_with("HTTP/1.1 200");
}

}  // namespace

Nginx::Nginx(std::string directory) : directory_(std::move(directory)), port_(free_port()) {
  std::ofstream config(directory_ + "/nginx.conf");
  if (::geteuid() == 0) config << "user root;\n";
  config << "worker_processes 2;\npid nginx.pid;\nerror_log error.log;\n"
         << "events { worker_connections 256; }\nhttp {\n"
         << "  log_format edgeherd '$msec $status $bytes_sent $request_time "
            "$upstream_header_time \"$request_uri\"';\n"
         << "  access_log access.log edgeherd buffer=64k flush=1s;\n"
         << "  keepalive_requests 1000000;\n";
  for (const std::string kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    config << "  " << kind << "_temp_path " << kind << ";\n";
  }
  config << "  server { listen 127.0.0.1:" << port_ << ";\n"
         << "    location / { return 200 ok; }\n  }\n}\n";
  config.close();
  std::vector<std::string> argv = command("");
  argv.resize(argv.size() - 2);
  REQUIRE(run(argv) == 0);
  running_ = true;
}

Nginx::~Nginx() {
  if (running_) stop();
}

std::vector<std::string> Nginx::command(const std::string& signal) const {
  return {"nginx", "-p",  directory_, "-e", "error.log", "-c", directory_ + "/nginx.conf",
          "-s",    signal};
}

void Nginx::tell(const std::string& signal) const {
  REQUIRE(run(command(signal)) == 0);
}

void Nginx::stop() {
  pid_t pid = 0;
  std::ifstream(directory_ + "/nginx.pid") >> pid;
  running_ = false;
  if (pid <= 0) return;
  (void)run(command("quit"));
  // The master removes its pid file as its last act.
  for (int i = 0; i < 500 && ::access((directory_ + "/nginx.pid").c_str(), F_OK) == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

Client::Client(std::uint16_t port, std::string name, int count)
    : thread_([this, port, name = std::move(name), count] { work(port, name, count); }) {}

Client::~Client() {
  if (thread_.joinable()) thread_.join();
}

const std::set<std::string>& Client::answered() {
  if (thread_.joinable()) thread_.join();
  return answered_;
}

void Client::work(std::uint16_t port, const std::string& name, int count) {
  int fd = -1;
  for (int i = 0; i < count; ++i) {
    if (fd < 0) fd = connect_to(port);
    const std::string path = "/r/" + name + "-" + std::to_string(i);
    if (fd >= 0 && ask(fd, path)) {
      answered_.insert(path);
    } else if (fd >= 0) {
      ::close(fd);
      fd = -1;  // a reload closed the connection; this number is not asked again
    }
  }
  if (fd >= 0) ::close(fd);
}

}  // namespace edgeherd::test
