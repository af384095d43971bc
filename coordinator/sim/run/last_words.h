// LastWords: what a process that may die at any moment leaves behind: the newest lines of its
// diary, and how far it had come. In memory that it shares with the process that started it.
//
// Thread: one writer, in the child; read when that has ended.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/clock.h"
#include "common/core/result.h"

namespace edgeherd::sim {

class LastWords {
 public:
  // `exhausted` when there is no memory.
  [[nodiscard]] static Result<std::unique_ptr<LastWords>> make();
  ~LastWords();
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;

  void line(std::string_view text);
  void reached(Duration elapsed);

  // The newest ones, at most so many, oldest first.
  [[nodiscard]] std::vector<std::string> lines(std::size_t most) const;
  [[nodiscard]] Duration elapsed() const;

 private:
  struct Shared;
  explicit LastWords(Shared* shared) : shared_(shared) {}
  Shared* shared_;
};

}  // namespace edgeherd::sim
