#include "coordinator/sim/run/last_words.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include <sys/mman.h>

#include "common/os/system_error.h"

namespace edgeherd::sim {

namespace {

constexpr std::size_t room = 64 * 1024;
constexpr std::size_t longest_line = 4 * 1024;

}  // namespace

struct LastWords::Shared {
  Duration elapsed{};
  std::size_t used = 0;
  char text[room];
};

Result<std::unique_ptr<LastWords>> LastWords::make() {
  void* at =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return os::system_error(errno, "memory for a simulation's last lines");
  return std::unique_ptr<LastWords>(new LastWords(new (at) Shared));
}

LastWords::~LastWords() {
  ::munmap(shared_, sizeof(Shared));
}

void LastWords::line(std::string_view text) {
  text = text.substr(0, longest_line);
  if (shared_->used + text.size() + 1 > room) {
    // The older half goes; what is left begins with a whole line or with the rest of one.
    const std::size_t kept = shared_->used / 2;
    std::memmove(shared_->text, shared_->text + shared_->used - kept, kept);
    shared_->used = kept;
  }
  std::memcpy(shared_->text + shared_->used, text.data(), text.size());
  shared_->used += text.size();
  shared_->text[shared_->used++] = '\n';
}

void LastWords::reached(Duration elapsed) {
  shared_->elapsed = elapsed;
}

std::vector<std::string> LastWords::lines(std::size_t most) const {
  std::vector<std::string> found;
  std::string_view rest(shared_->text, std::min(shared_->used, room));
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
    found.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  if (found.size() > most) {
    found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(most));
  }
  return found;
}

Duration LastWords::elapsed() const {
  return shared_->elapsed;
}

}  // namespace edgeherd::sim
