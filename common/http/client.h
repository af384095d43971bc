// An asynchronous HTTP/1.1 client: one request, one bounded answer, one deadline for all of it.
//
// A name is looked up on a thread of its own, and its addresses are tried one after the other: the
// last may use what is left of the deadline, each before it its share, and no more than 3 s.
//
// Thread: the loop's. `done` is called exactly once, on the loop, never inline; not at all when the
// Client was destroyed first. Errors: `timeout` (it may have had its effect), `unavailable` (no
// connection or it broke), `exhausted` (answer over the limit), `broken` (not HTTP), `invalid`
// (URL), `refused` (TLS verification). An HTTP status is an answer, not an error.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/result.h"
#include "common/http/message.h"

namespace boost::asio {
class io_context;
}

namespace edgeherd::http {

struct ClientRequest {
  std::string method = "GET";
  std::string url;  // http:// or https://
  Headers headers;
  std::string body;
  Duration deadline = 10s;
  std::size_t answer_limit = 8 * 1024 * 1024;
  std::string bind_address = {};  // source address; empty lets the system choose
};

// What a server's certificate must be. With `any` nobody can listen, but who is in the middle can
// pretend to be the server: for peers that make their certificate themselves.
enum class PeerCheck { authority, any };

// A name's addresses, in the order in which they are to be tried. Runs on threads of the client's,
// several at a time; one that hangs may outlive the client.
using LookUp = std::function<Result<std::vector<std::string>>(const std::string& host)>;

struct ClientOptions {
  std::string ca_file;                // empty: the system's trust store
  std::size_t idle_connections = 16;  // kept for reuse, over all hosts
  PeerCheck peers = PeerCheck::authority;
  LookUp look_up = {};  // empty: the system's
};

class Client {
 public:
  using Done = std::function<void(Result<Response>)>;

  Client(boost::asio::io_context& io, ClientOptions options);
  ~Client();  // cancels what is under way, and does not wait for a name that is being looked up
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(ClientRequest request, Done done);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::http
