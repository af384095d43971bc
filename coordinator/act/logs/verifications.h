// Verifications: questions to the archive whether an object is there, a bounded number at once.
// Private to coordinator/act. Thread: the loop's.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "common/archive/archive.h"
#include "coordinator/act/core/durable.h"

namespace edgeherd::act {

// Success when the archive has exactly this segment; else what is wrong.
[[nodiscard]] Status verdict_of(const Result<archive::Verification>& answer,
                                const Segment& segment);

class Verifications {
 public:
  using Done = std::function<void(const Result<archive::Verification>&)>;

  Verifications(archive::LogArchive& archive, std::size_t at_once, std::size_t waiting);
  ~Verifications();

  // False when too many wait already: then `done` is never called.
  [[nodiscard]] bool add(Segment segment, Done done);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::act
