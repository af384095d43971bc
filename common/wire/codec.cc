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

// What is wrong with the bytes themselves, if anything is.
Status sound(detail::Kind kind) {
  if (kind == detail::Kind::cut_short) return fail(Errc::invalid, "cut short");
  if (kind == detail::Kind::not_msgpack) return fail(Errc::invalid, "not msgpack");
  return {};
}

template <class T>
Result<Message> read_as(detail::Cursor& cursor, std::uint64_t count) {
  Result<Message> message{Message(std::in_place_type<T>)};
  detail::Reader reader(cursor, count);
  fields(reader, std::get<T>(*message));
  if (reader.failed()) {
    return fail(Errc::invalid, std::string(type_names[place_of<T>()]) + "." + reader.why());
  }
  // What a later version says more.
  if (auto rest = sound(cursor.skip(reader.left())); !rest.ok()) return rest.error();
  if (!cursor.at_end()) return fail(Errc::invalid, "bytes behind the message");
  return message;
}

template <std::size_t... I>
Result<Message> read(std::size_t place, detail::Cursor& cursor, std::uint64_t count,
                     std::index_sequence<I...>) {
  using Read = Result<Message> (*)(detail::Cursor&, std::uint64_t);
  static constexpr Read readers[] = {&read_as<std::variant_alternative_t<I, Message>>...};
  return readers[place](cursor, count);
}

Result<std::uint64_t> head_number(detail::Cursor& cursor, const char* what) {
  const detail::Value value = cursor.next();
  if (auto good = sound(value.kind); !good.ok()) return good.error();
  if (value.kind == detail::Kind::unsigned_integer) return value.number;
  return fail(Errc::invalid, std::string(what) + ": not a number");
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
  detail::Cursor cursor(bytes);
  const detail::Value list = cursor.next();
  if (auto good = sound(list.kind); !good.ok()) return good.error();
  if (list.kind != detail::Kind::list || list.children < 2) {
    return fail(Errc::invalid, "not a list that begins with a type and a version");
  }
  const auto type = head_number(cursor, "type");
  if (!type.ok()) return type.error();
  const auto version = head_number(cursor, "version");
  if (!version.ok()) return version.error();
  if (*type < 1 || *type > message_types) {
    return fail(Errc::refused, "unknown message type " + std::to_string(*type));
  }
  if (*version != protocol_version) {
    return fail(Errc::refused, std::string(type_names[*type - 1]) + ": unknown version " +
                                   std::to_string(*version));
  }
  return read(*type - 1, cursor, list.children - 2, std::make_index_sequence<message_types>());
}

}  // namespace edgeherd::wire
