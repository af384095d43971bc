#include "common/archive/archive.h"

#include "common/crypto/digest.h"
#include "tests/support/catch.h"

namespace edgeherd::archive {
namespace {

// Only what every archive has in common.
class Bare final : public LogArchive {
 public:
  explicit Bare(std::string prefix) : LogArchive(std::move(prefix)) {}
  Result<Grant> grant_put(const PutSpec&, WallTime) override { return Grant{}; }
  void verify(std::string, Expected, VerifyDone) override {}
  void read(std::string, std::size_t, ReadDone) override {}
  void list(std::string, ListDone) override {}
  void check(CheckDone) override {}
};

PutSpec good_spec() {
  PutSpec spec;
  spec.key = "logs/local/lon1/n1/2026-11-23/0000000001.log.gz";
  spec.object = {3, crypto::to_hex(crypto::sha256("abc")), crypto::to_base64(crypto::md5("abc"))};
  return spec;
}

TEST_CASE("keys name provider, zone, node, day and a number that sorts") {
  const Bare archive("logs");
  CHECK(*archive.object_key({"local", "lon1", "n1"}, "2026-11-23", 7) ==
        "logs/local/lon1/n1/2026-11-23/0000000007.log.gz");
  CHECK(*archive.object_key({"local", "lon1", "n1"}, "2026-11-23", 12345678901) ==
        "logs/local/lon1/n1/2026-11-23/12345678901.log.gz");
  CHECK(*archive.manifest_key({"local", "lon1", "n1"}) == "logs/local/lon1/n1/manifest.json");
  CHECK(*Bare("").manifest_key({"p", "z", "n"}) == "p/z/n/manifest.json");
  CHECK(*archive.manifest_key({"my provider", "z\u00fcrich", "n"}) ==
        "logs/my provider/z\u00fcrich/n/manifest.json");
}

TEST_CASE("no part of a key can leave its place") {
  const Bare archive("logs");
  const std::string too_long(max_segment_name_bytes + 1, 'x');
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("a\nb"),
        std::string("a\0b", 3), std::string("\x7f"), std::string("\xff\xfe"),
        std::string("\xc0\xaf"), std::string("\xed\xa0\x80"), too_long}) {
    CAPTURE(bad);
    const auto as_provider = archive.object_key({bad, "z", "n"}, "2026-11-23", 1);
    const auto as_zone = archive.object_key({"p", bad, "n"}, "2026-11-23", 1);
    const auto as_node = archive.manifest_key({"p", "z", bad});
    REQUIRE_FALSE(as_provider.ok());
    REQUIRE_FALSE(as_zone.ok());
    REQUIRE_FALSE(as_node.ok());
    CHECK(as_provider.error().code == Errc::invalid);
    CHECK(as_provider.error().message.find("provider") != std::string::npos);
    CHECK(as_zone.error().message.find("zone") != std::string::npos);
    CHECK(as_node.error().message.find("node") != std::string::npos);
  }
}

TEST_CASE("a day that is none, and segment 0, are refused") {
  const Bare archive("");
  for (const char* date : {"", "2026-13-01", "2026-02-30", "20261123", "2026-11-2x", "2026/11/23",
                           "2026-11-23/..", "+026-11-23"}) {
    CAPTURE(date);
    CHECK_FALSE(archive.object_key({"p", "z", "n"}, date, 1).ok());
  }
  CHECK(archive.object_key({"p", "z", "n"}, "2028-02-29", 1).ok());
  CHECK_FALSE(archive.object_key({"p", "z", "n"}, "2026-11-23", 0).ok());
}

TEST_CASE("a put that is not fully described is not granted") {
  CHECK(check_put(good_spec(), "logs").ok());
  CHECK(check_put(good_spec(), "").ok());
  CHECK_FALSE(check_put(good_spec(), "log").ok());
  CHECK_FALSE(check_put(good_spec(), "logs/local/lon2").ok());

  const auto refused = [](auto change) {
    PutSpec spec = good_spec();
    change(spec);
    const auto checked = check_put(spec, "logs");
    return !checked.ok() && checked.error().code == Errc::invalid;
  };
  CHECK(refused([](PutSpec& spec) { spec.key = "logs/../x"; }));
  CHECK(refused([](PutSpec& spec) { spec.key += "/"; }));
  CHECK(refused([](PutSpec& spec) { spec.object.sha256_hex = ""; }));
  CHECK(refused([](PutSpec& spec) { spec.object.sha256_hex[0] = 'A'; }));
  CHECK(refused([](PutSpec& spec) { spec.object.md5_base64 = ""; }));
  CHECK(refused([](PutSpec& spec) { spec.object.md5_base64 = "YWJj"; }));
  CHECK(refused([](PutSpec& spec) { spec.object.bytes = max_object_bytes + 1; }));
  CHECK(refused([](PutSpec& spec) { spec.validity = 0s; }));
  CHECK(refused([](PutSpec& spec) { spec.validity = max_grant_validity + 1s; }));
}

TEST_CASE("a prefix loses its outer slashes and nothing else") {
  CHECK(*clean_prefix("") == "");
  CHECK(*clean_prefix("/") == "");
  CHECK(*clean_prefix("/logs/edge/") == "logs/edge");
  CHECK_FALSE(clean_prefix("logs//edge").ok());
  CHECK_FALSE(clean_prefix("../logs").ok());
}

}  // namespace
}  // namespace edgeherd::archive
