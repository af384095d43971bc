#include "common/wire/codec.h"

#include <cmath>
#include <map>

#include <msgpack.hpp>

#include "common/wire/schema.h"
#include "tests/support/catch.h"
#include "tests/unit/common/wire/examples.h"

using namespace edgeherd;
using namespace edgeherd::wire;

namespace {

std::string reason(std::string_view bytes) {
  const auto message = decode(bytes);
  REQUIRE_FALSE(message.ok());
  CHECK(message.error().code == Errc::invalid);
  return message.error().message;
}

template <class... Args>
std::string array_of(const Args&... args) {
  msgpack::sbuffer out;
  msgpack::packer pack(out);
  pack.pack_array(sizeof...(args));
  (pack.pack(args), ...);
  return {out.data(), out.size()};
}

// The encoding of `message` with one more field behind the others. Only for lists of up to 15 or
// over 16 fields, whose head keeps its length.
std::string with_more(const Message& message) {
  std::string bytes = encode(message);
  const auto head = static_cast<unsigned char>(bytes[0]);
  if (head >= 0x90 && head < 0x9f) {
    bytes[0] = static_cast<char>(head + 1);
  } else {
    REQUIRE(head == 0xdc);
    bytes[2] = static_cast<char>(bytes[2] + 1);
  }
  return bytes + array_of("from the future", 7, std::map<std::string, int>{{"x", 1}});
}

}  // namespace

TEST_CASE("Every message comes back as it was sent") {
  for (const auto& message : examples::all()) {
    const std::string bytes = encode(message);
    const auto back = decode(bytes);
    INFO(type_name(type_of(message)));
    REQUIRE(back.ok());
    CHECK(back->index() == message.index());
    CHECK(encode(*back) == bytes);
  }
}

TEST_CASE("An absent figure stays absent and is not a zero") {
  Sample empty;
  empty.psi_io_us = 0;
  const auto back = decode(encode(Message(empty)));
  const auto& sample = std::get<Sample>(*back);
  CHECK_FALSE(sample.load1.has_value());
  CHECK_FALSE(sample.requests.has_value());
  CHECK(sample.psi_io_us == 0u);
  CHECK(sample.status_classes.empty());
  CHECK(sample.latency.empty());
}

TEST_CASE("Encoding into a buffer replaces what it held and keeps its memory") {
  std::string buffer;
  encode(Message(examples::sample()), buffer);
  const auto* memory = buffer.data();
  encode(Message(Heartbeat{1, false}), buffer);
  CHECK(buffer == encode(Message(Heartbeat{1, false})));
  CHECK(buffer.data() == memory);
}

TEST_CASE("Fields of a later version behind ours are ignored") {
  for (auto message : examples::all()) {
    INFO(type_name(type_of(message)));
    // A last flag is written only where it is true.
    if (auto* verdict = std::get_if<UploadVerdict>(&message)) verdict->missing = true;
    const auto back = decode(with_more(message));
    REQUIRE(back.ok());
    CHECK(encode(*back) == encode(message));
  }
}

TEST_CASE("A missing field is named") {
  CHECK(reason(array_of(13, 1, 5)) == "heartbeat.reply: missing");
  CHECK(reason(array_of(13, 1)) == "heartbeat.number: missing");
  CHECK(reason(array_of(5, 1, "b", 1)) == "sample.uptime_ms: missing");
}

TEST_CASE("A last flag that is left out is false") {
  const auto with = decode(array_of(12, 1, 7, false, "gone", true));
  REQUIRE(with.ok());
  CHECK(std::get<UploadVerdict>(*with).missing);
  CHECK(encode(*with) == array_of(12, 1, 7, false, "gone", true));
  const auto without = decode(array_of(12, 1, 7, false, "gone"));
  REQUIRE(without.ok());
  CHECK_FALSE(std::get<UploadVerdict>(*without).missing);
  CHECK(reason(array_of(12, 1, 7, false, "gone", 1)) ==
        "upload_verdict.missing: not true or false");
}

TEST_CASE("A field of another kind is named") {
  CHECK(reason(array_of(13, 1, "5", true)) == "heartbeat.number: not a number of 0 or more");
  CHECK(reason(array_of(13, 1, -5, true)) == "heartbeat.number: not a number of 0 or more");
  CHECK(reason(array_of(13, 1, 5, 1)) == "heartbeat.reply: not true or false");
  CHECK(reason(array_of(6, 1, "info", 7, "x")) == "event.code: not text");
  CHECK(reason(array_of(8, 1, "act", 9, "x")) == "command_status.state: unknown value 9");
  CHECK(reason(array_of(8, 1, "act", 0, "x")) == "command_status.state: unknown value 0");
  CHECK(reason(array_of(4, 1, 1, 1, "z", 1ull << 32)) ==
        "hello_reply.sample_interval_ms: over 32 bits");
  CHECK(reason(array_of(4, 1, 70'000, 1, "z", 1)) == "hello_reply.protocol: over 16 bits");
  CHECK(reason(array_of(7, 1, "a", 1, 1, "drain", "x")) == "command.arguments: not a list");
  CHECK(reason(array_of(7, 1, "a", 1, 1, "drain", std::vector<std::string>{"x"})) ==
        "command.arguments: an odd number of entries");
}

TEST_CASE("A load that is no finite number is refused") {
  for (const double load : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    Sample sample;
    sample.load1 = load;
    CHECK(reason(encode(Message(sample))) == "sample.load1: not a finite number");
  }
}

TEST_CASE("What this program does not speak is refused, not called broken") {
  for (const auto& bytes : {array_of(14, 1, "x"), array_of(0, 1), array_of(13, 2, 1, true),
                            array_of(13, 0, 1, true), array_of(1ull << 40, 1)}) {
    CHECK(decode(bytes).error().code == Errc::refused);
  }
  CHECK(decode(array_of(14, 1)).error().message == "unknown message type 14");
  CHECK(decode(array_of(13, 2, 1, true)).error().message == "heartbeat: unknown version 2");
}

TEST_CASE("What is not a message at all is invalid") {
  CHECK(reason("") == "cut short");
  CHECK(reason("\xc1") == "not msgpack");
  CHECK(reason("\x05") == "not a list that begins with a type and a version");
  CHECK(reason("\x90") == "not a list that begins with a type and a version");
  CHECK(reason(array_of("x", 1)) == "type: not a number");
  CHECK(reason(array_of(13, "x")) == "version: not a number");
  const std::string heartbeat = encode(Message(Heartbeat{1, true}));
  CHECK(reason(heartbeat + '\0') == "bytes behind the message");
  for (std::size_t length = 0; length < heartbeat.size(); ++length) {
    CHECK_THAT(reason(heartbeat.substr(0, length)), Catch::Matchers::EndsWith("cut short"));
  }
}

TEST_CASE("Buckets must exist and be in strictly rising order") {
  const auto refused = [](std::vector<BucketCount> counts) {
    Sample sample;
    sample.latency = std::move(counts);
    return reason(encode(Message(sample)));
  };
  CHECK(refused({{1024, 1}}) == "sample.latency: bucket 1024 does not exist");
  CHECK(refused({{5, 1}, {5, 1}}) == "sample.latency: buckets out of order");
  CHECK(refused({{5, 1}, {4, 1}}) == "sample.latency: buckets out of order");
  Sample full;
  for (std::uint16_t i = 0; i < 1024; ++i) full.latency.push_back({i, ~0ull});
  CHECK(std::get<Sample>(*decode(encode(Message(full)))).latency == full.latency);
}

TEST_CASE("Status classes are five or none") {
  Sample sample;
  sample.status_classes = {1, 2, 3};
  CHECK(reason(encode(Message(sample))) == "sample.status_classes: neither 5 entries nor none");
  sample.status_classes = {1, 2, 3, 4, 5, 6};
  CHECK(reason(encode(Message(sample))) == "sample.status_classes: 6 entries, the limit is 5");
}

TEST_CASE("A few bytes that announce gigabytes cost nothing") {
  // array32, map32, str32, bin32 and ext32 of 2^32 - 1, as the message, a field and a later field.
  for (const char head : {'\xdd', '\xdf', '\xdb', '\xc6', '\xc9'}) {
    const std::string claim = std::string(1, head) + "\xff\xff\xff\xff";
    CHECK_FALSE(reason(claim).empty());
    CHECK_FALSE(reason("\x94\x0d\x01" + claim).empty());
    CHECK(reason("\x95\x0d\x01\x01\xc3" + claim) == "cut short");
  }
  CHECK(reason("\xdd\xff\xff\xff\xff\x0d\x01\x01\xc3") == "cut short");
  CHECK(reason("\x95\x0d\x01\x01\xc3" + std::string(60'000, '\x91')) == "cut short");
  CHECK(reason("\x93\x06\x01\xdd\xff\xff\xff\xff") == "event.severity: not text");
  CHECK(reason(std::string(max_message_bytes + 1, '\x01')) == "65537 bytes, the limit is 65536");
}

TEST_CASE("Texts and lists over their limits are refused by name") {
  Hello hello = examples::hello();
  hello.node = NodeId(std::string(limits::id + 1, 'n'));
  CHECK(reason(encode(Message(hello))) == "hello.node: 129 bytes, the limit is 128");
  hello = examples::hello();
  hello.verbs.assign(limits::verbs + 1, "drain");
  CHECK(reason(encode(Message(hello))) == "hello.verbs: 33 entries, the limit is 32");
  Command command;
  command.arguments.assign(limits::pairs, {"k", std::string(limits::value, 'v')});
  CHECK(decode(encode(Message(command))).ok());
  command.arguments.push_back({"k", "v"});
  CHECK(reason(encode(Message(command))) == "command.arguments: 66 entries, the limit is 64");
}

TEST_CASE("The largest message that keeps its limits fits into the largest allowed") {
  UploadGrant grant;
  grant.key = std::string(limits::key, 'k');
  grant.url = std::string(limits::url, 'u');
  grant.headers.assign(limits::pairs,
                       {std::string(limits::id, 'h'), std::string(limits::value, 'v')});
  grant.refusal = std::string(limits::prose, 'r');
  const auto bytes = encode(Message(grant));
  CHECK(bytes.size() < max_message_bytes);
  CHECK(decode(bytes).ok());
}

TEST_CASE(
    "Text for people is cut and cleaned by the sender; names with control bytes are refused") {
  const Event event{"info", "x", "line one\nline two \x1b[31m\xff" + std::string(2000, 'y')};
  const auto back = decode(encode(Message(event)));
  REQUIRE(back.ok());
  CHECK(std::get<Event>(*back).text.starts_with("line one line two  [31m?yyy"));
  CHECK(std::get<Event>(*back).text.size() == limits::prose);
  CHECK(reason(encode(Message(Event{"info", "a\nb", ""}))) ==
        "event.code: control characters or broken UTF-8");
}
