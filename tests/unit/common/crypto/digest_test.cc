#include "common/crypto/digest.h"

#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::crypto;

TEST_CASE("Digests match the published vectors") {
  // FIPS 180-2 appendix B.1, RFC 1321 A.5, RFC 4231 test case 2.
  CHECK(to_hex(sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(md5("abc")) == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("An HMAC takes empty keys and keys longer than a block") {
  CHECK(hmac_sha256("", "").size() == 32);
  // RFC 4231 test case 6.
  CHECK(to_hex(hmac_sha256(std::string(131, '\xaa'),
                           "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("A digest of pieces is the digest of the whole, and starts afresh after finish") {
  for (const auto kind : {DigestKind::sha256, DigestKind::md5}) {
    const auto whole = kind == DigestKind::sha256 ? sha256("abcdef") : md5("abcdef");
    Digest digest(kind);
    digest.update("abc");
    digest.update("");
    digest.update("def");
    CHECK(digest.finish() == whole);
    digest.update("abcdef");
    CHECK(digest.finish() == whole);
  }
}

TEST_CASE("Hex is read in either case and refused when it is not hex") {
  CHECK(to_hex(std::string("\x00\xff\x10", 3)) == "00ff10");
  CHECK(*from_hex("00Ff10") == std::string("\x00\xff\x10", 3));
  CHECK(from_hex("")->empty());
  CHECK(from_hex("abc").error().code == Errc::invalid);
  CHECK(from_hex("0g").error().message == "no hex digit at position 1");
}

TEST_CASE("Base64 follows RFC 4648 and only its canonical form is read") {
  const std::pair<std::string, std::string> vectors[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    CHECK(to_base64(bytes) == text);
    CHECK(*from_base64(text) == bytes);
  }
  for (const auto* bad : {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", " Zg=", "Zm9v\n",
                          "Zm9v====", "Z*==", "=Zg=", "Zg==Zg=="}) {
    INFO(bad);
    CHECK(from_base64(bad).ok() == false);
  }
}

TEST_CASE("The constant-time comparison agrees with the usual one") {
  CHECK(constant_time_equal("", ""));
  CHECK(constant_time_equal("abc", "abc"));
  CHECK_FALSE(constant_time_equal("abc", "abd"));
  CHECK_FALSE(constant_time_equal("abc", "ab"));
}

TEST_CASE("The hex of a SHA-256 has 64 digits, none of them a capital") {
  CHECK(is_sha256_hex(to_hex(sha256(""))));
  for (const std::string& wrong : {std::string(), std::string(63, '0'), std::string(65, '0'),
                                   std::string(63, '0') + "A", std::string(63, '0') + "g"}) {
    CHECK_FALSE(is_sha256_hex(wrong));
  }
}
