#include "common/http/message.h"

#include "common/http/body_reader.h"
#include "common/http/parser.h"
#include "common/http/reply_head.h"
#include "common/http/url.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::http;

TEST_CASE("percent-encoding and decoding are inverse for every byte but NUL") {
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  CHECK(*percent_decode(percent_encode(all, Slash::escape), Plus::is_plus) == all);
  CHECK(percent_encode("a/b c~", Slash::keep) == "a/b%20c~");
  CHECK(percent_encode("a/b", Slash::escape) == "a%2Fb");
}

TEST_CASE("broken escapes and NULs are refused") {
  for (const char* text : {"%", "%4", "%g0", "%0g", "a%00b"}) {
    CHECK_FALSE(percent_decode(text, Plus::is_plus).ok());
  }
  CHECK_FALSE(percent_decode(std::string_view("a\0b", 3), Plus::is_plus).ok());
}

TEST_CASE("a target is split into path and query") {
  Request request;
  REQUIRE(parse_target("/a%2Fb/c?x=1&y&z=a%26b+c&x=2", request).ok());
  CHECK(request.path == "/a/b/c");
  CHECK(request.query.size() == 4);
  CHECK(request.query_value("x") == "1");
  CHECK(request.query_value("y").empty());
  CHECK(request.query_value("z") == "a&b c");
  CHECK(request.query_value("none").empty());
  REQUIRE(parse_target("HTTPS://h?q=1", request).ok());
  CHECK(request.path == "/");
  CHECK(request.query_value("q") == "1");
  CHECK_FALSE(parse_target("", request).ok());
  CHECK_FALSE(parse_target("host:80", request).ok());
}

TEST_CASE("a URL is taken apart and keeps its escapes") {
  const auto url = parse_url("https://[::1]:8443/a%2Fb?sig=x%2By");
  REQUIRE(url.ok());
  CHECK(url->scheme == Scheme::https);
  CHECK(url->host == "::1");
  CHECK(url->port == 8443);
  CHECK(url->authority == "[::1]:8443");
  CHECK(url->target == "/a%2Fb?sig=x%2By");
  CHECK(url->without_secrets() == "https://[::1]:8443/a%2Fb");
  CHECK(parse_url("http://host?q")->target == "/?q");
  CHECK(parse_url("http://host:")->port == 80);
  for (const auto* wrong :
       {"http://host:port/x", "http://host:80x/x", "http://host:0/", "http://host:65536/"}) {
    INFO(wrong);
    CHECK_FALSE(parse_url(wrong));
  }
  const auto bad = parse_url("http://user:secret@host/");
  CHECK(bad.error().message.find("secret") == std::string::npos);
}

TEST_CASE("a reply that would break the message apart is not written") {
  std::string out;
  CHECK_FALSE(write_reply_head(out, {200, {{"X", "a\nb"}}, ""}, {}, {}));
  CHECK_FALSE(write_reply_head(out, {200, {{"X y", "a"}}, ""}, {}, {}));
  CHECK_FALSE(write_reply_head(out, {200, {{"content-length", "7"}}, ""}, {}, {}));
  CHECK_FALSE(write_reply_head(out, {99, {}, ""}, {}, {}));
  CHECK(write_reply_head(out, {200, {{"X", "a"}}, ""}, {}, {}));
  CHECK(out.ends_with("\r\nX: a\r\n\r\n"));
}

TEST_CASE("a chunked body reads the same in any pieces") {
  const std::string bytes = "3\r\nabc\r\n0A;x=\"y\"\r\n0123456789\r\n0\r\nT: x\r\n\r\nrest";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    BodyReader reader(Framing::chunked, 0, 100);
    std::string body;
    std::size_t taken = 0;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      taken += reader.feed(std::string_view(bytes).substr(at, piece), body);
    }
    CHECK(reader.state() == BodyReader::State::done);
    CHECK(body == "abc0123456789");
    CHECK(taken == bytes.size() - 4);
  }
}

TEST_CASE("a chunked body that is not one is malformed, and endless lines are not kept") {
  for (const std::string& bytes :
       {std::string("\r\n"), std::string("x\r\n"), std::string("1\nab"), std::string("1\r\nabc"),
        std::string("-1\r\n"), std::string("ffffffffffffffff\r\n"), std::string("1 a\nb\r\n"),
        "1;" + std::string(2000, 'x'), "0\r\n" + std::string(10'000, 'x')}) {
    BodyReader reader(Framing::chunked, 0, 1'000'000);
    std::string body;
    reader.feed(bytes, body);
    CHECK(reader.state() == BodyReader::State::malformed);
  }
}

TEST_CASE("the limit of a body holds for the announced and for the real size") {
  CHECK(BodyReader(Framing::length, 101, 100).state() == BodyReader::State::too_large);
  std::string body;
  BodyReader to_end(Framing::to_end, 0, 3);
  to_end.feed("abcd", body);
  CHECK(to_end.state() == BodyReader::State::too_large);
  BodyReader chunked(Framing::chunked, 0, 3);
  chunked.feed("2\r\nab\r\n2\r\n", body);
  CHECK(chunked.state() == BodyReader::State::too_large);
}

TEST_CASE("the last chunk may come byte by byte") {
  ResponseParser parser({}, BodyRule::as_framed);
  std::string waiting;
  for (const char c :
       std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")) {
    waiting += c;
    waiting.erase(0, parser.feed(waiting));
  }
  CHECK(parser.state() == Parsed::done);
  CHECK(parser.keep_alive());
}
