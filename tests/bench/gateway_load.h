// The agents of the gateway benchmark: real DEALER sockets with CURVE, in processes of their own.
#pragma once

#include <string>
#include <vector>

#include "common/net/curve_key.h"

namespace edgeherd::bench {

// Starts `processes` children that share the agents among them and wait for orders. Call it before
// the process has threads.
class LoadProcesses {
 public:
  LoadProcesses(const std::vector<net::CurveKeyPair>& agents, int processes);
  // Ends the children.
  ~LoadProcesses();
  LoadProcesses(const LoadProcesses&) = delete;
  LoadProcesses& operator=(const LoadProcesses&) = delete;

  // Every agent connects and says HELLO.
  void connect(const std::string& endpoint, const std::string& server_key);
  // From now on every agent says one SAMPLE a second, evenly spread.
  void paced();
  void quiet();
  // Every agent says `count` SAMPLEs. Returns once nothing moves any more: what the receiver has
  // not read lies encrypted in the kernel's buffers, as far as they reach.
  void say(int count);
  // SIGSTOP and SIGCONT for all children: frozen ones take no CPU.
  void freeze();
  void thaw();

 private:
  struct Child {
    int pid;
    int orders;   // the writing end of its pipe
    int answers;  // the reading end of its pipe
  };
  void order(const std::string& line);
  void signal_all(int number);
  std::vector<Child> children_;
};

}  // namespace edgeherd::bench
