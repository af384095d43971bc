#include "coordinator/act/logs/verifications.h"

#include <deque>
#include <utility>

namespace edgeherd::act {

Status verdict_of(const Result<archive::Verification>& answer, const Segment& segment) {
  if (!answer.ok()) return answer.error().within("verifying " + segment.key);
  switch (answer->verdict) {
    case archive::Verdict::stored:
      return {};
    case archive::Verdict::missing:
      return fail(Errc::not_found, segment.key + " is not in the archive");
    case archive::Verdict::different:
      return fail(Errc::conflict, "another object lies under " + segment.key);
  }
  return fail(Errc::internal, "unknown verdict");
}

struct Verifications::State : std::enable_shared_from_this<State> {
  State(archive::LogArchive& a, std::size_t n, std::size_t w) : archive(a), at_once(n), most(w) {}

  archive::LogArchive& archive;
  const std::size_t at_once;
  const std::size_t most;
  std::size_t running = 0;
  std::deque<std::pair<Segment, Done>> waiting;

  void next() {
    while (running < at_once && !waiting.empty()) {
      auto [segment, done] = std::move(waiting.front());
      waiting.pop_front();
      ++running;
      archive.verify(segment.key, {segment.bytes, segment.sha256, segment.md5},
                     [self = weak_from_this(),
                      then = std::move(done)](const Result<archive::Verification>& answer) {
                       const auto state = self.lock();
                       if (!state) return;
                       --state->running;
                       then(answer);
                       state->next();
                     });
    }
  }
};

Verifications::Verifications(archive::LogArchive& archive, std::size_t at_once, std::size_t waiting)
    : state_(std::make_shared<State>(archive, at_once, waiting)) {}
Verifications::~Verifications() = default;

bool Verifications::add(Segment segment, Done done) {
  if (state_->waiting.size() >= state_->most) return false;
  state_->waiting.emplace_back(std::move(segment), std::move(done));
  state_->next();
  return true;
}

}  // namespace edgeherd::act
