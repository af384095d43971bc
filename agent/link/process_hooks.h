// The real HookRunner: a child process, never a shell.
//
// Thread: the loop's. Owner: the app; `io` outlives it. Destruction kills what still runs.
#pragma once

#include <memory>

#include "agent/logs/seams.h"

namespace boost::asio {
class io_context;
}

namespace edgeherd::link {

inline constexpr std::size_t most_running_hooks = 8;  // more answer `exhausted`

[[nodiscard]] std::unique_ptr<logs::HookRunner> make_process_hooks(boost::asio::io_context& io);

}  // namespace edgeherd::link
