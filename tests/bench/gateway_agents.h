// What one load process of the gateway benchmark does: its agents' sockets on one ZeroMQ context
// and one thread. Runs in a child of its own and ends with it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/net/curve_key.h"
#include "common/wire/messages.h"

namespace edgeherd::bench {

class Agents {
 public:
  explicit Agents(std::span<const net::CurveKeyPair> keys);

  // Does what the lines of `orders` say (connect ENDPOINT KEY, paced, quiet, say COUNT) until the
  // other end closes. `say` is answered by a byte, once its messages have gone as far as they can.
  [[noreturn]] void obey(int orders, int answers);

 private:
  void follow(const std::string& line, int answers);
  void connect(const std::string& endpoint, const std::string& server_key);
  void say_all(int count);
  void say(std::size_t agent);
  // One millisecond's share of a message a second from everybody.
  void keep_pace();

  std::span<const net::CurveKeyPair> keys_;
  void* context_ = nullptr;
  std::vector<void*> sockets_;
  std::vector<std::uint64_t> said_;  // by each agent
  std::size_t next_ = 0;
  double due_ = 0;
  bool paced_ = false;
  wire::Message message_{std::in_place_type<wire::Sample>};
  std::string bytes_;
};

}  // namespace edgeherd::bench
