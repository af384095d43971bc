#include "agent/session/session_store.h"

namespace edgeherd::session {

namespace {

constexpr std::size_t most_bytes = 64 * 1024;
constexpr std::string_view first_line = "edgeherd-session 1\n";

}  // namespace

std::string_view to_string(DrainState state) {
  switch (state) {
    case DrainState::serving:
      return "serving";
    case DrainState::draining:
      return "draining";
    case DrainState::closed:
      return "closed";
  }
  return "serving";
}

Result<SessionStore> SessionStore::open(FileSystem& files, std::string path,
                                        const std::string& our_key) {
  SessionStore store(files, std::move(path));
  const auto text = files.read_whole(store.path_, most_bytes);
  if (text) {
    if (auto parsed = store.parse(*text); !parsed) return parsed.error();
  } else if (text.error().code != Errc::not_found) {
    return text.error();
  }
  if (store.now_.key != our_key) {
    // Another machine's disk, or a new key: nobody knows us yet.
    store.now_.enrolled.clear();
    store.now_.key = our_key;
  }
  return store;
}

Status SessionStore::parse(std::string_view text) {
  const auto broken = [this](std::string_view line) {
    return fail(Errc::broken,
                path_ + ": cannot understand '" + std::string(line.substr(0, 80)) + "'");
  };
  if (!text.starts_with(first_line)) return broken(text.substr(0, text.find('\n')));
  text.remove_prefix(first_line.size());
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const std::size_t space = line.find(' ');
    if (end == std::string_view::npos || space == std::string_view::npos) return broken(line);
    const std::string_view name = line.substr(0, space);
    const std::string value(line.substr(space + 1));
    if (name == "drain" && value == "serving") {
      now_.drain = DrainState::serving;
    } else if (name == "drain" && value == "draining") {
      now_.drain = DrainState::draining;
    } else if (name == "drain" && value == "closed") {
      now_.drain = DrainState::closed;
    } else if (name == "listener" && (value == "untouched" || value == "touched")) {
      now_.listener_touched = value == "touched";
    } else if (name == "flush" && (value == "off" || value == "on")) {
      now_.flushing = value == "on";
    } else if (name == "key") {
      now_.key = value;
    } else if (name == "enrolled") {
      now_.enrolled.insert(value);
    } else {
      return broken(line);
    }
    text.remove_prefix(end + 1);
  }
  return {};
}

Status SessionStore::set(Remembered next) {
  std::string text(first_line);
  text += "drain " + std::string(to_string(next.drain)) + "\n";
  text += std::string("listener ") + (next.listener_touched ? "touched" : "untouched") + "\n";
  text += std::string("flush ") + (next.flushing ? "on" : "off") + "\n";
  text += "key " + next.key + "\n";
  for (const std::string& name : next.enrolled) text += "enrolled " + name + "\n";
  if (auto written = files_->write_whole(path_, text); !written) return written;
  now_ = std::move(next);
  return {};
}

}  // namespace edgeherd::session
