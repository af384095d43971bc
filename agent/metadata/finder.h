// Finder: asks the metadata services of one or more clouds, one after the other and again and
// again, until one answers; the waits between the rounds grow, up to 15 s. When none has answered
// for 30 s, what was found on this machine the last time is found again, if there is any: once.
//
// Thread: the loop's. Neither callback is called inline by start() or ask_again(), nor once the
// finder is gone. The seams outlive it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/metadata/service.h"
#include "common/core/backoff.h"
#include "common/core/random.h"

namespace edgeherd::agent::metadata {

struct FinderSeams {
  EventLoop& loop;
  Random& random;
  http::Transport transport;
};

class Finder {
 public:
  // Who answered, and what.
  using OnFound = std::function<void(Found)>;
  // After each round in which nobody answered: why, of all that were asked.
  using OnFailed = std::function<void(const Error&)>;

  // `clouds` is not empty.
  Finder(const std::vector<Cloud>& clouds, const std::string& endpoint, FinderSeams seams);
  ~Finder();
  Finder(const Finder&) = delete;
  Finder& operator=(const Finder&) = delete;

  void start(OnFound found, OnFailed failed, std::optional<Found> remembered);
  // What was found is of no use: after a wait all are asked anew.
  void ask_again();

 private:
  void ask(std::size_t number);
  void give_remembered();

  FinderSeams seams_;
  std::vector<std::unique_ptr<Service>> services_;
  Backoff backoff_;
  OnFound on_found_;
  OnFailed on_failed_;
  std::optional<Found> remembered_;
  std::string failures_;
  std::uint64_t round_ = 0;  // an answer to an earlier round comes too late
  TimerId timer_ = TimerId::none;
  TimerId patience_ = TimerId::none;
};

}  // namespace edgeherd::agent::metadata
