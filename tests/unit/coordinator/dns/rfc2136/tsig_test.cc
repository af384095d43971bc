#include "coordinator/dns/rfc2136/tsig.h"

#include "common/crypto/digest.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::dns;
using Catch::Matchers::Contains;

namespace {

const WallTime now = from_unix_millis(1'700'000'000'000);

TsigKey key_of(TsigAlgorithm algorithm = TsigAlgorithm::hmac_sha256) {
  return {"edgeherd.keys", algorithm, "a secret"};
}

std::string message() {
  DnsMessage asked;
  asked.id = 0x1234;
  asked.questions.push_back({"lon1.edge.example.org", RecordType::a, RecordClass::in});
  return *encode(asked);
}

Status check(const std::string& bytes, const TsigKey& key, std::string_view request_mac,
             WallTime at) {
  const auto decoded = decode(bytes);
  REQUIRE(decoded);
  return verify(bytes, *decoded, key, request_mac, at);
}

// What a server that has the key answers to a request of that MAC: the same arithmetic, by hand.
std::string signed_reply(const TsigKey& key, std::string_view request_mac, WallTime at,
                         std::uint16_t error = 0) {
  const std::string plain = message();
  std::string variables = name_bytes(key.name);
  put_u16(variables, 255);
  put_u32(variables, 0);
  variables += name_bytes(to_string(key.algorithm));
  std::string times;
  put_u48(times, static_cast<std::uint64_t>(unix_millis(at) / 1000));
  put_u16(times, 300);
  std::string ends;
  put_u16(ends, error);
  put_u16(ends, 0);
  std::string covered;
  put_u16(covered, static_cast<std::uint16_t>(request_mac.size()));
  covered += std::string(request_mac) + plain + variables + times + ends;
  const std::string mac = crypto::hmac_sha256(key.secret, covered);
  std::string data = name_bytes(to_string(key.algorithm)) + times;
  put_u16(data, static_cast<std::uint16_t>(mac.size()));
  data += mac + plain.substr(0, 2) + ends;
  std::string bytes = plain;
  bytes[11] = 1;
  bytes += name_bytes(key.name);
  put_u16(bytes, 250);
  put_u16(bytes, 255);
  put_u32(bytes, 0);
  put_u16(bytes, static_cast<std::uint16_t>(data.size()));
  return bytes + data;
}

}  // namespace

TEST_CASE("a reply is believed only with the right key, to the right request, at the right time") {
  const TsigKey key = key_of();
  const std::string mac(32, 'm');
  const std::string reply = signed_reply(key, mac, now);
  CHECK(check(reply, key, mac, now));
  CHECK(check(reply, key, mac, now + 300s));
  CHECK_THAT(check(reply, key, mac, now + 301s).error().message, Contains("301 s"));
  CHECK_THAT(check(reply, key, std::string(32, 'n'), now).error().message, Contains("signature"));
  TsigKey other = key;
  other.secret = "another";
  CHECK(check(reply, other, mac, now).error().code == Errc::broken);
  other = key;
  other.name = "someone";
  CHECK_THAT(check(reply, other, mac, now).error().message, Contains("edgeherd.keys"));
}

TEST_CASE("no byte of a signed reply can be changed") {
  const TsigKey key = key_of();
  const std::string mac(32, 'm');
  const std::string reply = signed_reply(key, mac, now);
  for (std::size_t i = 2; i < reply.size(); ++i) {  // the id is the transport's
    std::string changed = reply;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto decoded = decode(changed);
    INFO(i);
    // The record's own class and TTL are not the message's to say: they are fixed when signed.
    const bool fixed = i >= decode(reply)->last_record_at + name_bytes(key.name).size() + 2 &&
                       i < decode(reply)->last_record_at + name_bytes(key.name).size() + 8;
    if (decoded && !fixed) CHECK_FALSE(verify(changed, *decoded, key, mac, now));
  }
}

TEST_CASE("an unsigned reply is refused, with what it says") {
  const Status good = check(message(), key_of(), "m", now);
  REQUIRE_FALSE(good);
  CHECK(good.error().code == Errc::refused);
  CHECK_THAT(good.error().message, Contains("edgeherd.keys") && Contains("not signed"));
}

TEST_CASE("a server's reason is told in its own words") {
  const TsigKey key = key_of();
  const std::string mac(32, 'm');
  CHECK_THAT(check(signed_reply(key, mac, now, 16), key, mac, now).error().message,
             Contains("BADSIG"));
  CHECK_THAT(check(signed_reply(key, mac, now, 17), key, mac, now).error().message,
             Contains("BADKEY"));
  CHECK_THAT(check(signed_reply(key, mac, now, 18), key, mac, now).error().message,
             Contains("BADTIME"));
  CHECK_THAT(check(signed_reply(key, mac, now, 22), key, mac, now).error().message, Contains("22"));
}

TEST_CASE("each algorithm signs with a MAC of its own length") {
  CHECK(sign(message(), key_of(), now).mac.size() == 32);
  CHECK(sign(message(), key_of(TsigAlgorithm::hmac_sha384), now).mac.size() == 48);
  CHECK(sign(message(), key_of(TsigAlgorithm::hmac_sha512), now).mac.size() == 64);
}

TEST_CASE("a key file is read as tsig-keygen writes it, with comments too") {
  const auto key = parse_key_file("k", R"(# made for the fleet
key "edgeherd.keys." {  // the name
  algorithm hmac-sha512;
  /* not
     for others */
  secret "c2VjcmV0";
};
)");
  REQUIRE(key);
  CHECK(key->name == "edgeherd.keys");
  CHECK(key->algorithm == TsigAlgorithm::hmac_sha512);
  CHECK(key->secret == "secret");
  CHECK(parse_key_file("k", "key edgeherd { secret c2VjcmV0; algorithm hmac-sha256; }"));
}

TEST_CASE("a wrong key file is refused with file and line, and without the secret") {
  const std::pair<std::string, std::string> wrong[] = {
      {"", "k:1: a key begins"},
      {"\n\nzone x {};", "k:3: a key begins"},
      {"key {", "k:1: \"\" is no name"},
      {"key a b", "k:1: { is missing"},
      {"key a {\nsecret \"c2VjcmV0\";\n};", "no algorithm"},
      {"key a {\nalgorithm hmac-sha256;\n};", "no secret"},
      {"key a {\nalgorithm hmac-sha1;", "k:2: algorithm \"hmac-sha1\""},
      {"key a {\nsecret \"topsecret!\";", "k:2: the secret is no base64"},
      {"key a {\nsecret \"c2VjcmV0\"\n}", "k:3: ; is missing"},
      {"key a {\ncolour red;", "k:2: algorithm, secret"},
      {"key a { algorithm hmac-sha256; secret \"c2VjcmV0\"; };\nkey b", "k:2: more than one key"},
      {"key a {\n\n secret \"c2Vj", "k:3: a quote that does not end"},
  };
  for (const auto& [text, what] : wrong) {
    INFO(text);
    const auto key = parse_key_file("k", text);
    REQUIRE_FALSE(key);
    CHECK_THAT(key.error().message, Contains(what));
    CHECK_THAT(key.error().message, !Contains("topsecret"));
  }
}
