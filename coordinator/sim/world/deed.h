// Deed: one thing that a coordinator does outside of itself, and how it may die at it. A simulation
// counts the deeds of a life and then kills it at each of them.
//
// Values. Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace edgeherd::sim {

enum class DeedKind {
  commit,   // rows are handed to the store
  list,     // calls to a cloud
  create,   //
  destroy,  //
  reboot,   //
  names,    // a change of names
  command,  // a command to an agent
  answer,   // any other message to an agent
};
[[nodiscard]] std::string_view to_string(DeedKind kind);

struct Deed {
  DeedKind kind = DeedKind::commit;
  std::string what;  // for people: "ocean-3"
};

enum class Stroke {
  none,
  before,  // it dies; nothing is done
  torn,    // a commit is begun and never ends; anything else is done, and its answer reaches nobody
  after,   // it dies as soon as the deed is done: a commit is durable and nobody has heard of it;
           // the answer of anything else has been heard, and what it leads to is not durable
};
[[nodiscard]] std::string_view to_string(Stroke stroke);

}  // namespace edgeherd::sim
