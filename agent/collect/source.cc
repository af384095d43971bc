#include "agent/collect/source.h"

namespace edgeherd::agent {

std::optional<std::string_view> Source::read() {
  if (!file_) {
    if (skip_ > 0) {
      --skip_;
      return std::nullopt;
    }
    auto opened = os::HeldFile::open(path_);
    if (!opened) {
      skip_ = readings_between_tries - 1;
      return std::nullopt;
    }
    file_.emplace(std::move(opened).value());
  }
  auto text = file_->read();
  if (text) return *text;
  file_.reset();
  return std::nullopt;
}

}  // namespace edgeherd::agent
