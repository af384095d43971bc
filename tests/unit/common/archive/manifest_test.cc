#include "common/archive/manifest.h"

#include <algorithm>
#include <initializer_list>

#include "tests/support/catch.h"

namespace edgeherd::archive {
namespace {

bool says(const std::string& text, std::initializer_list<const char*> words) {
  UNSCOPED_INFO(text);
  return std::all_of(words.begin(), words.end(),
                     [&text](const char* word) { return text.find(word) != std::string::npos; });
}

const std::string hash(64, 'a');

ManifestSegment segment(std::uint64_t seq) {
  return {seq, "logs/p/z/n1/2026-11-23/" + std::to_string(seq) + ".log.gz", 10, 123, hash};
}

Manifest three() {
  return {"n1", {segment(1), segment(2), segment(3)}, 5};
}

std::string with(const std::string& segments) {
  return R"({"version":1,"node":"n1","lines_lost":0,"segments":)" + segments + "}";
}

TEST_CASE("a manifest survives being written and read") {
  const auto read = parse_manifest(to_json(three()));
  REQUIRE(read.ok());
  CHECK(*read == three());
  CHECK(parse_manifest(to_json({"n1", {}, 0})).ok());
}

TEST_CASE("the bytes of a manifest do not change by accident") {
  CHECK(to_json({"n1", {{1, "k/1.log.gz", 2, 3, hash}}, 4}) ==
        R"({"version":1,"node":"n1","lines_lost":4,"segments":[{"seq":1,"key":"k/1.log.gz",)"
        R"("lines":2,"bytes":3,"sha256":")" +
            hash + "\"}]}\n");
}

TEST_CASE("every fault of a manifest is named") {
  const std::string good = R"({"seq":1,"key":"k","lines":2,"bytes":3,"sha256":")" + hash + "\"}";
  REQUIRE(parse_manifest(with("[" + good + "]")).ok());
  const auto message = [](const std::string& json) {
    const auto read = parse_manifest(json);
    return read.ok() ? std::string("(accepted)") : read.error().message;
  };
  CHECK(says(message(""), {"manifest: "}));
  CHECK(says(message("[]"), {"no object"}));
  CHECK(says(message(R"({"version":2,"node":"n1","lines_lost":0,"segments":[]})"), {"version 2"}));
  CHECK(says(message(R"({"node":"n1","lines_lost":0,"segments":[]})"), {"'version'"}));
  CHECK(says(message(R"({"version":1,"lines_lost":0,"segments":[]})"), {"'node'"}));
  CHECK(says(message(R"({"version":1,"node":"","lines_lost":0,"segments":[]})"), {"'node'"}));
  CHECK(says(message(R"({"version":1,"node":"n1","segments":[]})"), {"'lines_lost'"}));
  CHECK(says(message(R"({"version":1,"node":"n1","lines_lost":0})"), {"'segments'"}));
  // An agent that is newer may say more.
  CHECK(parse_manifest(R"({"version":1,"node":"n1","lines_lost":0,"segments":[],"x":1})").ok());
  CHECK(says(message(with("[1]")), {"segments[0]"}));
  CHECK(says(message(with("[" + good + ",{}]")), {"segments[1]"}));
  CHECK(says(message(with("[[[[[[]]]]]]")), {"manifest: "}));

  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return message(with("[" + text + "]"));
  };
  CHECK(says(changed("\"seq\":1", "\"seq\":-1"), {"'seq'"}));
  CHECK(says(changed("\"seq\":1", "\"seq\":1.5"), {"'seq'"}));
  CHECK(says(changed("\"lines\":2", "\"lines\":9007199254740993"), {"'lines'"}));
  CHECK(says(changed("\"lines\":2", "\"lines\":18446744073709551615"), {"'lines'"}));
  CHECK(says(changed("\"bytes\":3", "\"bytes\":\"3\""), {"'bytes'"}));
  CHECK(says(changed("\"key\":\"k\"", "\"key\":\"../k\""), {"'key'"}));
  CHECK(says(changed("\"key\":\"k\"", "\"key\":\"k\\n\""), {"'key'"}));
  CHECK(says(changed(hash, std::string(64, 'A')), {"'sha256'"}));
  CHECK(says(changed(hash, std::string(63, 'a')), {"'sha256'"}));
}

TEST_CASE("a manifest that is too large is not even parsed") {
  const auto read = parse_manifest(std::string(max_manifest_bytes + 1, ' '));
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code == Errc::exhausted);
}

TEST_CASE("segments are numbered 1 to n in any order, each once and under a key of its own") {
  CHECK(check_manifest(three(), "n1").ok());
  CHECK(check_manifest({"n1", {}, 0}, "n1").ok());
  CHECK(check_manifest({"n1", {segment(3), segment(1), segment(2)}, 0}, "n1").ok());

  const auto message = [](const Manifest& manifest) {
    const auto checked = check_manifest(manifest, "n1");
    REQUIRE_FALSE(checked.ok());
    CHECK(checked.error().code == Errc::conflict);
    return checked.error().message;
  };
  CHECK(message({"n1", {segment(1), segment(3)}, 0}) == "manifest: segment 2 is missing");
  CHECK(message({"n1", {segment(2)}, 0}) == "manifest: segment 1 is missing");
  auto twice = segment(1);
  twice.key += "x";
  CHECK(message({"n1", {segment(1), twice, segment(2)}, 0}) ==
        "manifest: segment 1 is there twice");
  CHECK(message({"n1", {segment(0), segment(1)}, 0}) == "manifest: segment 0 cannot be");
  auto same_key = segment(2);
  same_key.key = segment(1).key;
  CHECK(message({"n1", {segment(1), same_key}, 0}) ==
        "manifest: '" + segment(1).key + "' is there twice");
  CHECK_FALSE(check_manifest(three(), "n2").ok());
}

}  // namespace
}  // namespace edgeherd::archive
