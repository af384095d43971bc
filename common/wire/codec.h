// Bytes to messages and back.
#pragma once

#include <string>
#include <string_view>

#include "common/core/result.h"
#include "common/wire/messages.h"

namespace edgeherd::wire {

[[nodiscard]] MessageType type_of(const Message& message);
// The type's name as records and counters spell it: "enroll", "hello_reply".
[[nodiscard]] const char* type_name(MessageType type);

// The result is below max_message_bytes for every message whose fields keep the limits of schema.h.
// Texts for people (reasons, messages) are cut and cleaned to keep theirs; everything else travels
// as it is, and it is the other side that refuses what is over a limit.
[[nodiscard]] std::string encode(const Message& message);
// The same into a buffer that is cleared first, so that a sender allocates once.
void encode(const Message& message, std::string& into);

// Thread: any. `invalid`: not msgpack, over a limit, a field of another kind or too few fields; the
// message names the field. `refused`: a type or version that this program does not speak.
[[nodiscard]] Result<Message> decode(std::string_view bytes);

}  // namespace edgeherd::wire
