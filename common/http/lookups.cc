#include "common/http/lookups.h"

#include <array>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

#include <boost/asio/post.hpp>
#include <netdb.h>
#include <sys/socket.h>

namespace edgeherd::http {

namespace asio = boost::asio;

using Addresses = Result<std::vector<std::string>>;

struct Lookups::State : std::enable_shared_from_this<Lookups::State> {
  State(asio::io_context& loop, LookUp how) : io(loop), look_up(std::move(how)) {}

  void wait(const std::string& host, const Place& place) {
    if (waiting.size() >= most_names && !waiting.contains(host)) {
      asio::post(io, [left = std::weak_ptr(place)] {
        if (const auto one = left.lock()) (*one)(fail(Errc::exhausted, "too many names at once"));
      });
      return;
    }
    const auto [row, fresh] = waiting.try_emplace(host);
    std::erase_if(row->second, [](const auto& left) { return left.expired(); });
    row->second.push_back(place);
    if (fresh) start(host);
  }

  void start(const std::string& host) {
    const std::lock_guard lock(mutex);
    if (threads == at_once) {
      queue.push_back(host);
      return;
    }
    try {
      std::thread([self = shared_from_this(), host] { self->serve(host); }).detach();
      ++threads;
    } catch (const std::system_error& error) {
      hand_over(host, fail(Errc::exhausted, std::string("no thread: ") + error.what()));
    }
  }

  void serve(std::string host) {
    for (;;) {
      Addresses found = look_up(host);
      const std::lock_guard lock(mutex);
      if (closed) return;
      hand_over(host, std::move(found));
      if (queue.empty()) {
        --threads;
        return;
      }
      host = std::move(queue.front());
      queue.pop_front();
    }
  }

  // Under the mutex and not closed: so the loop is there.
  void hand_over(const std::string& host, Addresses found) {
    asio::post(io, [self = shared_from_this(), host, found = std::move(found)] {
      self->answer(host, found);
    });
  }

  void answer(const std::string& host, const Addresses& found) {
    const auto row = waiting.extract(host);
    if (row.empty()) return;
    for (const auto& left : row.mapped()) {
      if (const auto place = left.lock()) (*place)(found);
    }
  }

  void close() {
    waiting.clear();
    const std::lock_guard lock(mutex);
    closed = true;
    queue.clear();
  }

  // The loop's alone.
  std::unordered_map<std::string, std::vector<std::weak_ptr<const Done>>> waiting;

  std::mutex mutex;
  asio::io_context& io;  // not to be touched once closed
  const LookUp look_up;
  std::deque<std::string> queue;  // no longer than `waiting`
  std::size_t threads = 0;
  bool closed = false;
};

Lookups::Lookups(asio::io_context& io, LookUp look_up)
    : state_(std::make_shared<State>(io, look_up ? std::move(look_up) : system_look_up)) {}

Lookups::~Lookups() {
  state_->close();
}

Lookups::Place Lookups::find(const std::string& host, Done done) {
  auto place = std::make_shared<const Done>(std::move(done));
  state_->wait(host, place);
  return place;
}

Result<std::vector<std::string>> system_look_up(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* all = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), nullptr, &wanted, &all); error != 0) {
    return fail(Errc::unavailable, ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(all, &::freeaddrinfo);
  std::vector<std::string> found;
  for (const addrinfo* one = all; one != nullptr; one = one->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST) == 0) {
      found.emplace_back(text.data());
    }
  }
  return found;
}

}  // namespace edgeherd::http
