// One TCP connection to a name server: all questions are sent, and their answers come in any order.
// Inside this room only.
//
// Thread: the loop's. Owner: its own pending operations; who started it may abandon it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "common/core/event_loop.h"
#include "common/core/result.h"

namespace edgeherd::os {
class AsioLoop;
}

namespace edgeherd::dns {

struct NameServer {
  std::string host;  // an address, or a name
  std::uint16_t port = 53;
  [[nodiscard]] std::string text() const;
};

class Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  // The answers, in the order of the questions. `unavailable` when the server cannot be reached or
  // hangs up, `timeout` after `limit`, `broken` for an answer to nothing that was asked.
  using Done = std::function<void(Result<std::vector<std::string>>)>;

  // Questions as bytes, with ids of which no two are the same; `done` is never called inline.
  static std::shared_ptr<Conversation> start(os::AsioLoop& loop, NameServer server,
                                             std::vector<std::string> questions, Duration limit,
                                             Done done);
  // `done` is not called after this.
  void abandon();

 private:
  using tcp = boost::asio::ip::tcp;
  using error_code = boost::system::error_code;

  Conversation(os::AsioLoop& loop, NameServer server, std::vector<std::string> questions,
               Done done);
  void resolve();
  void ask();
  void read_length();
  void read_answer();
  void take_answer();
  void failed(Errc code, const std::string& what);
  void finish(Result<std::vector<std::string>> result);
  // Runs `next` unless it is all over, or what was done failed.
  template <class Next>
  auto then(const char* what, Next next);

  os::AsioLoop& loop_;
  NameServer server_;
  Done done_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  TimerId deadline_ = TimerId::none;
  std::string output_;
  std::string input_;
  unsigned char length_[2]{};
  std::map<std::string, std::size_t> awaited_;  // id -> number of the question
  std::vector<std::string> answers_;
};

}  // namespace edgeherd::dns
