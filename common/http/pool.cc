#include "common/http/pool.h"

#include <algorithm>
#include <cerrno>

#include <sys/socket.h>

namespace edgeherd::http {

namespace {

// Nothing may have come in meanwhile: an end of stream means that the peer left, bytes that nobody
// asked for mean that it is confused.
bool quiet(Stream& stream) {
  char byte = 0;
  const ssize_t got = ::recv(stream.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace

std::shared_ptr<Stream> Pool::take(const std::string& key, MonoTime now) {
  sweep(now);
  for (;;) {
    // The youngest first, so that the others can age and go.
    const auto found = std::find_if(idle_.rbegin(), idle_.rend(),
                                    [&](const Idle& idle) { return idle.key == key; });
    if (found == idle_.rend()) return nullptr;
    auto stream = std::move(found->stream);
    idle_.erase(std::next(found).base());
    if (quiet(*stream)) return stream;
  }
}

void Pool::put(std::string key, std::shared_ptr<Stream> stream, MonoTime now) {
  if (capacity_ == 0) return;
  if (idle_.size() >= capacity_) idle_.pop_front();
  idle_.push_back(Idle{std::move(key), std::move(stream), now});
}

void Pool::sweep(MonoTime now) {
  while (!idle_.empty() && now - idle_.front().since >= max_idle) idle_.pop_front();
}

}  // namespace edgeherd::http
