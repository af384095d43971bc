// The bytes of version 1. They are never edited: a later program must still read them, and must
// write them as long as it calls its version 1. A new field at a message's end makes a new set
// beside this.
#include "common/wire/codec.h"
#include "tests/support/catch.h"
#include "tests/unit/common/wire/examples.h"

using namespace edgeherd::wire;

namespace {

struct Golden {
  const char* name;
  const char* hex;
};

// clang-format off
constexpr Golden version_1[] = {
    {"enroll",
     "960101a5696e742d31d940666666666666666666666666666666666666666666666666666666666666666666"
     "66666666666666666666666666666666666666666666666666666666666666a4766d2d31a5302e312e30"},
    {"enroll_reply",
     "940201c2be74686520746f6b656e206973206e6f7420666f722074686973206e6f6465"},
    {"hello",
     "9e030101a5696e742d31a4766d2d31a462376b32a5302e312e30a27637d94061616161616161616161616161"
     "6161616161616161616161616161616161616161616161616161616161616161616161616161616161616161"
     "616161616161610392a5647261696ea7756e647261696ea773657276696e6701cd012c"},
    {"hello_reply",
     "9604010103aa6c6f63616c2f6c6f6e31cd03e8"},
    {"sample",
     "dc001e0501a462376b322ace05265c00c391a46469736bcb3ff800000000000004ce0001e240cf00000001dc"
     "d65000ceb2d05e00cd138800ce00011170ce000f4240ce00895440cd1000cd200011ccface000f4240cf0000"
     "019aae02a47bce000f42419500ce000f1b30cd1388cd0fa0cd03e8cf00000002dfdc1c35960005cce6ce000d"
     "bba0cd03ff010302ce00010000"},
    {"event",
     "950601a5616c61726dae6c6f675f6c696e65735f6c6f7374a733206c696e6573"},
    {"command",
     "970701a56163742d3903cd7530a5647261696e92a6726561736f6ea87363616c652d696e"},
    {"command_status",
     "950801a56163742d3903b46e67696e7820646964206e6f7420616e73776572"},
    {"upload_request",
     "99090107aa323032362d31312d323364cd4e20cd0bb8d9403030303030303030303030303030303030303030"
     "3030303030303030303030303030303030303030303030303030303030303030303030303030303030303030"
     "b83142324d325938417367547067416d593750684366673d3d"},
    {"upload_grant",
     "980a0107af6c6f67732f6e2f372e6c6f672e677ad92768747470733a2f2f3132372e302e302e312f6c6f6773"
     "2f6e2f372e6c6f672e677a3f7369673d3192ad49662d4e6f6e652d4d61746368a12acdea60a0"},
    {"upload_done",
     "970b0107af6c6f67732f6e2f372e6c6f672e677a64cd0bb8d940303030303030303030303030303030303030"
     "3030303030303030303030303030303030303030303030303030303030303030303030303030303030303030"
     "3030"},
    {"upload_verdict",
     "950c0107c3a0"},
    {"heartbeat",
     "940d010cc3"},
};
// clang-format on

std::string bytes_of(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

}  // namespace

TEST_CASE("The bytes of version 1 are what they have always been") {
  const auto messages = examples::all();
  REQUIRE(std::size(version_1) == messages.size());
  REQUIRE(messages.size() == std::variant_size_v<Message>);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    INFO(version_1[i].name);
    CHECK(type_name(type_of(messages[i])) == std::string_view(version_1[i].name));
    CHECK(encode(messages[i]) == bytes_of(version_1[i].hex));
    const auto back = decode(bytes_of(version_1[i].hex));
    REQUIRE(back.ok());
    CHECK(encode(*back) == encode(messages[i]));
  }
}

TEST_CASE("A golden sample is read field by field as it was meant") {
  const auto back = decode(bytes_of(version_1[4].hex));
  REQUIRE(back.ok());
  const auto& sample = std::get<Sample>(*back);
  CHECK(sample.boot_id == "b7k2");
  CHECK(sample.failing == std::vector<std::string>{"disk"});
  CHECK(sample.load1 == 1.5);
  CHECK(sample.net_tx_bytes == 9'000'000u);
  CHECK(sample.requests_until_ms == 1'763'856'000'123u);
  CHECK(sample.status_classes == std::vector<std::uint64_t>{0, 990'000, 5'000, 4'000, 1'000});
  CHECK(sample.latency.at(1).bucket == 230);
  CHECK(sample.latency.at(1).count == 900'000);
  CHECK(sample.spool_bytes == 65'536);
}
