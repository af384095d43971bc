// Idle connections kept for reuse, each under the name of its peer. Inside common/http only.
//
// Thread: the loop's. Bounded: the oldest one makes room for a new one.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "common/core/clock.h"
#include "common/http/stream.h"

namespace edgeherd::http {

class Pool {
 public:
  // An idle connection is not kept longer; most servers close theirs after a minute or more.
  static constexpr Duration max_idle = 15s;

  explicit Pool(std::size_t capacity) : capacity_(capacity) {}

  // A connection to `key` on which the peer has said nothing since, or null.
  [[nodiscard]] std::shared_ptr<Stream> take(const std::string& key, MonoTime now);
  void put(std::string key, std::shared_ptr<Stream> stream, MonoTime now);
  // Closes what has been idle for too long.
  void sweep(MonoTime now);
  [[nodiscard]] bool empty() const { return idle_.empty(); }

 private:
  struct Idle {
    std::string key;
    std::shared_ptr<Stream> stream;
    MonoTime since;
  };

  std::size_t capacity_;
  std::deque<Idle> idle_;  // oldest first
};

}  // namespace edgeherd::http
