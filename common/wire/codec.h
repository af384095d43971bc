// Bytes to messages and back.
#pragma once

#include <string>
#include <string_view>

#include "common/core/result.h"
#include "common/wire/messages.h"

namespace edgeherd::wire {

// Appends nothing else; the result is at most max_message_bytes for any message this program makes.
[[nodiscard]] std::string encode(const Message& message);
// The same into a buffer that is cleared first, so that a sender allocates once.
void encode(const Message& message, std::string& into);

// `invalid`: not msgpack, over a limit, a field of another kind or too few fields; the message names
// the field. `refused`: a type or version that this program does not speak.
[[nodiscard]] Result<Message> decode(std::string_view bytes);

}  // namespace edgeherd::wire
