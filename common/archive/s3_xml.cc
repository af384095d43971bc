#include "common/archive/s3_xml.h"

#include <optional>

#include <pugixml.hpp>

#include "common/aws/common_errors.h"
#include "common/core/number.h"
#include "common/core/text.h"
#include "common/http/message.h"

namespace edgeherd::archive {

namespace {

constexpr std::size_t max_quoted_bytes = 200;

constexpr aws::Meaning meanings[] = {
    {"NoSuchKey", Errc::not_found},
    {"NoSuchBucket", Errc::not_found},
    {"AllAccessDisabled", Errc::refused},
    {"AccountProblem", Errc::refused},
    {"AuthorizationHeaderMalformed", Errc::refused},
    {"InvalidAccessKeyId", Errc::refused},
    {"InvalidToken", Errc::refused},
    {"PreconditionFailed", Errc::conflict},
    {"ConditionalRequestConflict", Errc::conflict},
    {"SlowDown", Errc::throttled},
    {"SlowDownRead", Errc::throttled},
    {"SlowDownWrite", Errc::throttled},
    {"TooManyRequests", Errc::throttled},
    {"EntityTooLarge", Errc::exhausted},
    {"QuotaExceeded", Errc::exhausted},
};

Errc meaning_of_status(int status) {
  if (status == 401 || status == 403) return Errc::refused;
  if (status == 404) return Errc::not_found;
  if (status == 408) return Errc::timeout;
  if (status == 409 || status == 412) return Errc::conflict;
  if (status == 413 || status == 507) return Errc::exhausted;
  if (status == 429) return Errc::throttled;
  if (status >= 500) return Errc::unavailable;
  return status >= 300 && status < 500 ? Errc::invalid : Errc::broken;
}

// DOCTYPE and entities beyond XML's own five are never resolved by pugixml.
bool load(pugi::xml_document& document, std::string_view body) {
  return static_cast<bool>(document.load_buffer(body.data(), body.size(), pugi::parse_default));
}

enum class Encoding { plain, url };

Result<ObjectInfo> parse_object(const pugi::xml_node& contents, Encoding encoding) {
  ObjectInfo object;
  object.key = contents.child_value("Key");
  if (encoding == Encoding::url) {
    auto decoded = http::percent_decode(object.key, http::Plus::is_space);
    if (!decoded) return fail(Errc::broken, "a listed key is not percent-encoded");
    object.key = std::move(*decoded);
  }
  const auto bytes = parse_number<std::uint64_t>(contents.child_value("Size"));
  if (object.key.empty() || !bytes) {
    return fail(Errc::broken, "a listed object has no key or no size");
  }
  object.bytes = *bytes;
  return object;
}

}  // namespace

Error s3_error(int status, std::string_view body) {
  const std::string number = std::to_string(status);
  pugi::xml_document document;
  if (body.size() <= max_error_xml_bytes && load(document, body)) {
    const auto root = document.child("Error");
    const std::string code = quoted_words(root.child_value("Code"), max_quoted_bytes);
    if (!code.empty()) {
      std::string message = "the store answered " + number + " " + code;
      const std::string text = quoted_words(root.child_value("Message"), max_quoted_bytes);
      if (!text.empty()) message += ": " + text;
      const auto known = aws::meaning_of(meanings, code);
      return fail(known ? *known : meaning_of_status(status), std::move(message));
    }
  }
  return fail(meaning_of_status(status),
              "the store answered " + number + " " + std::string(http::reason_phrase(status)));
}

Result<ListPage> parse_list_page(std::string_view body) {
  if (body.size() > max_list_xml_bytes) return fail(Errc::exhausted, "a listing page is too large");
  pugi::xml_document document;
  if (!load(document, body)) return fail(Errc::broken, "a listing is not XML");
  const auto root = document.child("ListBucketResult");
  if (!root) return fail(Errc::broken, "a listing has no ListBucketResult");

  const Encoding encoding =
      std::string_view(root.child_value("EncodingType")) == "url" ? Encoding::url : Encoding::plain;
  ListPage page;
  for (const auto& contents : root.children("Contents")) {
    if (page.objects.size() == max_page_objects) {
      return fail(Errc::broken, "a listing page has more objects than were asked for");
    }
    auto object = parse_object(contents, encoding);
    if (!object) return object.error();
    page.objects.push_back(std::move(*object));
  }
  if (const auto said = root.child("KeyCount"); said) {
    if (parse_number<std::uint64_t>(said.child_value()) != page.objects.size()) {
      return fail(Errc::broken, "a listing page does not hold as many objects as it says");
    }
  }
  const std::string_view truncated = root.child_value("IsTruncated");
  if (truncated != "true" && truncated != "false") {
    return fail(Errc::broken, "a listing page does not say whether it is the last");
  }
  if (truncated == "true") {
    page.next_token = root.child_value("NextContinuationToken");
    if (page.next_token.empty()) {
      return fail(Errc::broken, "a listing page is truncated but names no continuation");
    }
  }
  return page;
}

}  // namespace edgeherd::archive
