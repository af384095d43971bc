#include "common/archive/archive_url.h"

#include <algorithm>
#include <initializer_list>

#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "common/sim/sim_worker.h"
#include "tests/support/catch.h"

namespace edgeherd::archive {
namespace {

bool says(const std::string& text, std::initializer_list<const char*> words) {
  UNSCOPED_INFO(text);
  return std::all_of(words.begin(), words.end(),
                     [&text](const char* word) { return text.find(word) != std::string::npos; });
}

S3Config s3(std::string_view url) {
  const auto parsed = parse_archive_url(url);
  if (!parsed) FAIL(parsed.error().message);
  return std::get<S3Config>(*parsed);
}

std::string refusal(std::string_view url) {
  const auto parsed = parse_archive_url(url);
  return parsed.ok() ? "(accepted)" : parsed.error().message;
}

TEST_CASE("a bucket at AWS needs no more than its name and region") {
  const auto config = s3("s3://edge-logs/logs/eu?region=eu-central-1");
  CHECK(config.scheme == "https");
  CHECK(config.authority == "s3.eu-central-1.amazonaws.com");
  CHECK(config.bucket == "edge-logs");
  CHECK(config.prefix == "logs/eu");
  CHECK(config.style == BucketStyle::host);
  CHECK(s3("s3://edge-logs").region == "us-east-1");
  CHECK(s3("s3://edge.logs").style == BucketStyle::path);
}

TEST_CASE("another store is reached by its endpoint, in path style unless told otherwise") {
  const auto config = s3("s3://edge-logs/a%20b?endpoint=http://127.0.0.1:7480&region=here");
  CHECK(config.scheme == "http");
  CHECK(config.authority == "127.0.0.1:7480");
  CHECK(config.prefix == "a b");
  CHECK(config.region == "here");
  CHECK(config.style == BucketStyle::path);
  CHECK(s3("s3://edge-logs?endpoint=http://h:1&style=host").style == BucketStyle::host);
  CHECK(s3("s3://edge-logs?endpoint=https://store.test:443").authority == "store.test");
  CHECK(s3("s3://edge-logs?endpoint=https://store.test:80").authority == "store.test:80");
}

TEST_CASE("a directory is an absolute path") {
  const auto parsed = parse_archive_url("file:///var/lib/edge%20herd/?prefix=logs");
  REQUIRE(parsed.ok());
  CHECK(std::get<FileUrl>(*parsed).directory == "/var/lib/edge herd");
  CHECK(std::get<FileUrl>(*parsed).prefix == "logs");
}

TEST_CASE("what is wrong with an archive's URL is said, and what would work") {
  CHECK(says(refusal(""), {"file:///directory", "s3://bucket"}));
  CHECK(says(refusal("/var/lib"), {"file:///directory"}));
  CHECK(says(refusal("http://x"), {"s3://bucket/prefix"}));
  CHECK(says(refusal("file://host/dir"), {"file:///absolute/path"}));
  CHECK(says(refusal("file:///"), {"must not be '/'"}));
  CHECK(says(refusal("file:///a/../b"), {"'..'"}));
  CHECK(says(refusal("file:///a?style=path"), {"'style'", "prefix"}));
  CHECK(says(refusal("s3://"), {"bucket name"}));
  CHECK(says(refusal("s3://UPPER"), {"bucket name"}));
  CHECK(says(refusal("s3://ab"), {"bucket name"}));
  CHECK(says(refusal("s3://edge-logs?regoin=x"), {"'regoin'", "endpoint, region, style"}));
  CHECK(says(refusal("s3://edge-logs?region=a&region=b"), {"twice"}));
  CHECK(says(refusal("s3://edge-logs?region=EU"), {"eu-central-1"}));
  CHECK(says(refusal("s3://edge-logs?style=virtual"), {"path or host"}));
  CHECK(says(refusal("s3://edge-logs?endpoint=127.0.0.1"), {"http://host:port"}));
  CHECK(says(refusal("s3://edge-logs?endpoint=http://h/p"), {"http://host:port"}));
  CHECK(says(refusal("s3://edge-logs/%zz"), {"edge-logs"}));
}

TEST_CASE("a URL becomes an archive, with an endpoint to mount when it is a directory") {
  sim::SimLoop loop;
  sim::SimFileSystem files(loop.clock());
  sim::SimRandom random(1);
  sim::SimWorker worker(loop, 1ms);
  ArchiveDeps deps{loop,
                   worker,
                   files,
                   random,
                   [](http::ClientRequest, http::Client::Done) {},
                   "http://127.0.0.1:1",
                   std::string(32, 's'),
                   {}};
  const auto file = make_archive("file:///archive?prefix=logs", std::nullopt, deps);
  REQUIRE(file.ok());
  CHECK(file->endpoint != nullptr);
  CHECK(file->archive->prefix() == "logs");

  CHECK_FALSE(make_archive("s3://edge-logs/p", std::nullopt, deps).ok());
  const auto s3_archive = make_archive("s3://edge-logs/p", aws::Credentials{"a", "b", ""}, deps);
  REQUIRE(s3_archive.ok());
  CHECK(s3_archive->endpoint == nullptr);
  CHECK(s3_archive->archive->prefix() == "p");

  deps.secret = "short";
  CHECK_FALSE(make_archive("file:///archive", std::nullopt, deps).ok());
  deps.secret = std::string(32, 's');
  deps.public_url = "127.0.0.1:1";
  CHECK_FALSE(make_archive("file:///archive", std::nullopt, deps).ok());
}

}  // namespace
}  // namespace edgeherd::archive
