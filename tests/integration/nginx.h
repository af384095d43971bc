// A real nginx of its own on a free port of 127.0.0.1, in a directory of the test, and a client
// that knows which of its requests were answered.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace edgeherd::test {

class Nginx {
 public:
  // Configured as docs/log-contract.md says; stops the test when nginx does not start.
  explicit Nginx(std::string directory);
  ~Nginx();
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string access_log() const { return directory_ + "/access.log"; }
  // {"nginx", ..., "-s", signal}: "reopen", "reload", "quit".
  [[nodiscard]] std::vector<std::string> command(const std::string& signal) const;
  void tell(const std::string& signal) const;
  // Quits and waits until the master is gone.
  void stop();

 private:
  std::string directory_;
  std::uint16_t port_ = 0;
  bool running_ = false;
};

// Asks for /r/<name>-<number>, `count` of them, one after the other on one connection, in a thread.
class Client {
 public:
  Client(std::uint16_t port, std::string name, int count);
  ~Client();
  // Waits for the end; the paths that were answered with 200.
  const std::set<std::string>& answered();

 private:
  void work(std::uint16_t port, const std::string& name, int count);
  std::set<std::string> answered_;
  std::thread thread_;
};

}  // namespace edgeherd::test
