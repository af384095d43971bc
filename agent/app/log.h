// What the agent says about itself: a line on standard error each, which journald or a container
// keeps.
//
// The agent says little: starting, stopping, changes, and what an operator should look at.
// Thread: any.
#pragma once

#include <string_view>

namespace edgeherd::agent {

enum class Severity { info, warning, error };

// "edgeherd-agent: warning: text"; under systemd with its priority in front.
void say(Severity severity, std::string_view text);

}  // namespace edgeherd::agent
