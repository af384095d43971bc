#include "common/wire/codec.h"

#include <array>

#include "common/wire/reader.h"
#include "common/wire/schema.h"
#include "common/wire/writer.h"

namespace edgeherd::wire {

namespace {

constexpr std::size_t message_types = std::variant_size_v<Message>;

// A message's place in the variant is its type on the wire less one.
template <class T, std::size_t I = 0>
constexpr std::size_t place_of() {
  if constexpr (std::is_same_v<T, std::variant_alternative_t<I, Message>>) {
    return I;
  } else {
    return place_of<T, I + 1>();
  }
}
static_assert(place_of<Enroll>() + 1 == static_cast<std::size_t>(MessageType::enroll));
static_assert(place_of<HelloReply>() + 1 == static_cast<std::size_t>(MessageType::hello_reply));
static_assert(place_of<Sample>() + 1 == static_cast<std::size_t>(MessageType::sample));
static_assert(place_of<UploadGrant>() + 1 == static_cast<std::size_t>(MessageType::upload_grant));
static_assert(place_of<Heartbeat>() + 1 == static_cast<std::size_t>(MessageType::heartbeat));

constexpr std::array<const char*, message_types> type_names = {
    "enroll",      "enroll_reply",   "hello",          "hello_reply",    "sample",
    "event",       "command",        "command_status", "upload_request", "upload_grant",
    "upload_done", "upload_verdict", "heartbeat"};

// The parser would otherwise believe a five-byte message that announces 2^32 entries.
const msgpack::unpack_limit parse_limits(limits::any_list, limits::any_list, limits::any_text,
                                         limits::any_text, limits::any_text, limits::depth);

// Lets texts point into the input; they are copied before decode() returns.
bool point_into_input(msgpack::type::object_type, std::size_t, void*) {
  return true;
}

template <class T>
Result<Message> read_as(const msgpack::object_array& array) {
  Result<Message> message{Message(std::in_place_type<T>)};
  detail::Reader reader(array.ptr + 2, array.size - 2);
  fields(reader, std::get<T>(*message));
  if (!reader.failed()) return message;
  return fail(Errc::invalid, std::string(type_names[place_of<T>()]) + "." + reader.why());
}

template <std::size_t... I>
Result<Message> read(std::size_t place, const msgpack::object_array& array,
                     std::index_sequence<I...>) {
  using Read = Result<Message> (*)(const msgpack::object_array&);
  static constexpr Read readers[] = {&read_as<std::variant_alternative_t<I, Message>>...};
  return readers[place](array);
}

Result<Message> read_object(const msgpack::object& object) {
  if (object.type != msgpack::type::ARRAY || object.via.array.size < 2) {
    return fail(Errc::invalid, "not a list that begins with a type and a version");
  }
  const auto& array = object.via.array;
  for (std::size_t i = 0; i < 2; ++i) {
    if (array.ptr[i].type != msgpack::type::POSITIVE_INTEGER) {
      return fail(Errc::invalid, i == 0 ? "type: not a number" : "version: not a number");
    }
  }
  const std::uint64_t type = array.ptr[0].via.u64;
  const std::uint64_t version = array.ptr[1].via.u64;
  if (type < 1 || type > message_types) {
    return fail(Errc::refused, "unknown message type " + std::to_string(type));
  }
  if (version != protocol_version) {
    return fail(Errc::refused,
                std::string(type_names[type - 1]) + ": unknown version " + std::to_string(version));
  }
  return read(type - 1, array, std::make_index_sequence<message_types>());
}

}  // namespace

MessageType type_of(const Message& message) {
  return static_cast<MessageType>(message.index() + 1);
}

const char* type_name(MessageType type) {
  return type_names[static_cast<std::size_t>(type) - 1];
}

void encode(const Message& message, std::string& into) {
  into.clear();
  std::visit(
      [&into, &message](const auto& m) {
        detail::Counter counter;
        fields(counter, m);
        detail::Writer writer(into);
        writer.begin(counter.fields, type_of(message));
        fields(writer, m);
      },
      message);
}

std::string encode(const Message& message) {
  std::string bytes;
  encode(message, bytes);
  return bytes;
}

Result<Message> decode(std::string_view bytes) {
  if (bytes.size() > max_message_bytes) {
    return fail(Errc::invalid, std::to_string(bytes.size()) + " bytes, the limit is " +
                                   std::to_string(max_message_bytes));
  }
  // One a thread, so that decoding a sample does not allocate and free the parser's first chunk.
  thread_local msgpack::zone zone(16 * 1024);
  zone.clear();
  try {
    std::size_t offset = 0;
    const msgpack::object object = msgpack::unpack(zone, bytes.data(), bytes.size(), offset,
                                                   point_into_input, nullptr, parse_limits);
    if (offset != bytes.size()) return fail(Errc::invalid, "bytes behind the message");
    return read_object(object);
  } catch (const msgpack::insufficient_bytes&) {
    return fail(Errc::invalid, "cut short");
  } catch (const msgpack::size_overflow&) {
    return fail(Errc::invalid, "a text, list or nesting over its limit");
  } catch (const msgpack::unpack_error&) {
    return fail(Errc::invalid, "not msgpack");
  }
}

}  // namespace edgeherd::wire
