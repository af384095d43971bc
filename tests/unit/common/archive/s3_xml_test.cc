#include "common/archive/s3_xml.h"

#include "tests/support/catch.h"

namespace edgeherd::archive {
namespace {

std::string error_xml(const std::string& code) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>" + code +
         "</Code><Message>why it is so</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>";
}

std::string page_xml(const std::string& inside) {
  return "<?xml version=\"1.0\"?><ListBucketResult "
         "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" +
         inside + "</ListBucketResult>";
}

TEST_CASE("the store's own code decides what an error means, whatever the status") {
  CHECK(s3_error(503, error_xml("SlowDown")).code == Errc::throttled);
  CHECK(s3_error(503, error_xml("ServiceUnavailable")).code == Errc::unavailable);
  CHECK(s3_error(500, error_xml("InternalError")).code == Errc::unavailable);
  CHECK(s3_error(403, error_xml("AccessDenied")).code == Errc::refused);
  CHECK(s3_error(403, error_xml("SignatureDoesNotMatch")).code == Errc::refused);
  CHECK(s3_error(403, error_xml("RequestTimeTooSkewed")).code == Errc::refused);
  CHECK(s3_error(400, error_xml("ExpiredToken")).code == Errc::refused);
  CHECK(s3_error(404, error_xml("NoSuchKey")).code == Errc::not_found);
  CHECK(s3_error(404, error_xml("NoSuchBucket")).code == Errc::not_found);
  CHECK(s3_error(412, error_xml("PreconditionFailed")).code == Errc::conflict);
  CHECK(s3_error(400, error_xml("RequestTimeout")).code == Errc::timeout);
  CHECK(s3_error(400, error_xml("BadDigest")).code == Errc::invalid);
  CHECK(s3_error(404, error_xml("NoSuchKey")).message ==
        "the store answered 404 NoSuchKey: why it is so");
}

TEST_CASE("an error without XML is known by its status") {
  CHECK(s3_error(403, "").code == Errc::refused);
  CHECK(s3_error(404, "").code == Errc::not_found);
  CHECK(s3_error(429, "slow").code == Errc::throttled);
  CHECK(s3_error(500, "<html>").code == Errc::unavailable);
  CHECK(s3_error(502, "<Error><Code></Code></Error>").code == Errc::unavailable);
  CHECK(s3_error(507, "").code == Errc::exhausted);
  CHECK(s3_error(301, "").code == Errc::invalid);
  CHECK(s3_error(200, "").code == Errc::broken);
}

TEST_CASE("what a store writes into its error cannot break our log lines") {
  const auto error = s3_error(403, "<Error><Code>Access\nDenied\x01</Code><Message>" +
                                       std::string(5000, 'x') + "</Message></Error>");
  CHECK(error.message.find('\n') == std::string::npos);
  CHECK(error.message.size() < 500);
}

TEST_CASE("a page of a listing gives keys, sizes and where to go on") {
  const auto page = parse_list_page(page_xml(
      "<IsTruncated>true</IsTruncated><NextContinuationToken>1ueG+/=</NextContinuationToken>"
      "<EncodingType>url</EncodingType><KeyCount>2</KeyCount>"
      "<Contents><Key>a%20b/c%2Bd</Key><Size>12</Size></Contents>"
      "<Contents><Key>e+f/%C3%BC</Key><Size>0</Size></Contents>"));
  REQUIRE(page.ok());
  REQUIRE(page->objects.size() == 2);
  CHECK(page->objects[0].key == "a b/c+d");
  CHECK(page->objects[0].bytes == 12);
  CHECK(page->objects[1].key == "e f/\u00fc");
  CHECK(page->next_token == "1ueG+/=");
}

TEST_CASE("without an encoding, keys are taken as they stand") {
  const auto page =
      parse_list_page(page_xml("<IsTruncated>false</IsTruncated>"
                               "<Contents><Key>a%20b+c &amp; d</Key><Size>1</Size></Contents>"));
  REQUIRE(page.ok());
  CHECK(page->objects[0].key == "a%20b+c & d");
  CHECK(page->next_token.empty());
}

TEST_CASE("a listing that contradicts itself is broken, never a short list") {
  const std::string object = "<Contents><Key>a</Key><Size>1</Size></Contents>";
  const std::string last = "<IsTruncated>false</IsTruncated>";
  for (const std::string& bad :
       {std::string(), std::string("not xml"), std::string("<Error><Code>x</Code></Error>"),
        page_xml(""), page_xml("<IsTruncated>maybe</IsTruncated>"),
        page_xml("<IsTruncated>true</IsTruncated>" + object),
        page_xml(last + "<KeyCount>2</KeyCount>" + object),
        page_xml(last + "<KeyCount>x</KeyCount>" + object),
        page_xml(last + "<Contents><Key>a</Key></Contents>"),
        page_xml(last + "<Contents><Size>1</Size></Contents>"),
        page_xml(last + "<Contents><Key>a</Key><Size>-1</Size></Contents>"),
        page_xml(last + "<Contents><Key>a</Key><Size>99999999999999999999</Size></Contents>"),
        page_xml(last + "<EncodingType>url</EncodingType>"
                        "<Contents><Key>a%2</Key><Size>1</Size></Contents>"),
        page_xml(last + object).substr(0, 120)}) {
    CAPTURE(bad);
    const auto page = parse_list_page(bad);
    REQUIRE_FALSE(page.ok());
    CHECK(page.error().code == Errc::broken);
  }
}

TEST_CASE("pages have limits in bytes and objects") {
  CHECK(parse_list_page(std::string(max_list_xml_bytes + 1, ' ')).error().code == Errc::exhausted);
  std::string many = "<IsTruncated>false</IsTruncated>";
  for (std::size_t i = 0; i <= max_page_objects; ++i) {
    many += "<Contents><Key>a</Key><Size>1</Size></Contents>";
  }
  CHECK(parse_list_page(page_xml(many)).error().code == Errc::broken);
}

TEST_CASE("entities that a document defines are not resolved") {
  const auto error = s3_error(403,
                              "<!DOCTYPE a [<!ENTITY x \"boom\">]><Error><Code>AccessDenied</Code>"
                              "<Message>&x;</Message></Error>");
  CHECK(error.code == Errc::refused);
  CHECK(error.message.find("boom") == std::string::npos);
}

}  // namespace
}  // namespace edgeherd::archive
