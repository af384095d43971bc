#include "coordinator/dns/rfc2136/conversation.h"

#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "common/os/asio_loop.h"
#include "coordinator/dns/rfc2136/message.h"

namespace edgeherd::dns {

namespace asio = boost::asio;

std::string NameServer::text() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Conversation::Conversation(os::AsioLoop& loop, NameServer server,
                           std::vector<std::string> questions, Done done)
    : loop_(loop),
      server_(std::move(server)),
      done_(std::move(done)),
      resolver_(loop.io()),
      socket_(loop.io()),
      answers_(questions.size()) {
  for (std::size_t i = 0; i < questions.size(); ++i) {
    awaited_.emplace(questions[i].substr(0, 2), i);
    put_u16(output_, static_cast<std::uint16_t>(questions[i].size()));
    output_ += questions[i];
  }
}

std::shared_ptr<Conversation> Conversation::start(os::AsioLoop& loop, NameServer server,
                                                  std::vector<std::string> questions,
                                                  Duration limit, Done done) {
  std::shared_ptr<Conversation> self(
      new Conversation(loop, std::move(server), std::move(questions), std::move(done)));
  self->deadline_ = loop.after(limit, [weak = self->weak_from_this(), limit] {
    const auto alive = weak.lock();
    if (alive) {
      alive->failed(Errc::timeout, "no answer within " + std::to_string(limit / 1ms) + " ms");
    }
  });
  self->resolve();
  return self;
}

void Conversation::abandon() {
  done_ = nullptr;
  finish(fail(Errc::unavailable, "abandoned"));
}

template <class Next>
auto Conversation::then(const char* what, Next next) {
  return [self = shared_from_this(), what, next](const error_code& error, const auto&... rest) {
    if (!self->done_) return;
    if (error) return self->failed(Errc::unavailable, what + (": " + error.message()));
    next(*self, rest...);
  };
}

void Conversation::resolve() {
  const auto connected = [](Conversation& self, const tcp::endpoint&) { self.ask(); };
  const auto resolved = [connected](Conversation& self, const tcp::resolver::results_type& found) {
    asio::async_connect(self.socket_, found, self.then("connecting", connected));
  };
  resolver_.async_resolve(server_.host, std::to_string(server_.port),
                          tcp::resolver::numeric_service, then("its address", resolved));
}

void Conversation::ask() {
  error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  asio::async_write(socket_, asio::buffer(output_),
                    then("asking", [](Conversation&, std::size_t) {}));
  read_length();
}

void Conversation::read_length() {
  asio::async_read(socket_, asio::buffer(length_),
                   then("its answer", [](Conversation& self, std::size_t) { self.read_answer(); }));
}

void Conversation::read_answer() {
  input_.resize(static_cast<std::size_t>(length_[0] << 8 | length_[1]));
  asio::async_read(socket_, asio::buffer(input_),
                   then("its answer", [](Conversation& self, std::size_t) { self.take_answer(); }));
}

void Conversation::take_answer() {
  const auto question = awaited_.find(input_.substr(0, 2));
  if (question == awaited_.end())
    return failed(Errc::broken, "an answer to nothing that was asked");
  answers_[question->second] = std::move(input_);
  awaited_.erase(question);
  if (awaited_.empty()) return finish(std::move(answers_));
  read_length();
}

void Conversation::failed(Errc code, const std::string& what) {
  finish(fail(code, "name server " + server_.text() + ": " + what));
}

void Conversation::finish(Result<std::vector<std::string>> result) {
  loop_.cancel(deadline_);
  resolver_.cancel();
  error_code ignored;
  socket_.close(ignored);
  if (const auto done = std::exchange(done_, nullptr)) done(std::move(result));
}

}  // namespace edgeherd::dns
