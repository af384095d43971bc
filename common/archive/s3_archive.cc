#include "common/archive/s3_archive.h"

#include <algorithm>
#include <optional>

#include "common/archive/s3_requests.h"
#include "common/archive/s3_xml.h"
#include "common/core/number.h"
#include "common/crypto/digest.h"

namespace edgeherd::archive {

namespace {

constexpr std::size_t max_list_pages = 10'000;

using Requests = std::shared_ptr<S3Requests>;

Error answered_with(const S3Requests& requests, const http::Response& response) {
  Error error = s3_error(response.status, response.body).within(requests.name());
  const auto region = http::header(response.headers, "x-amz-bucket-region");
  if (!region.empty() && region != requests.config().region && response.status < 404) {
    error.message += " (the bucket is in region '" + std::string(region.substr(0, 63)) +
                     "', not '" + requests.config().region + "')";
  }
  return error;
}

std::optional<std::uint64_t> content_length(const http::Response& response) {
  return parse_number<std::uint64_t>(http::header(response.headers, "Content-Length"));
}

// Decides from the answer to HEAD alone; nothing when the object has to be read.
std::optional<Verification> judge_head(const http::Response& head, const Expected& expected) {
  const auto length = content_length(head);
  if (length && *length != expected.bytes)
    return Verification{Verdict::different, Evidence::length};

  // A checksum of parts ends in "-N": it says nothing about the whole and does not decode.
  const auto checksum = http::header(head.headers, "x-amz-checksum-sha256");
  const auto digest = crypto::from_base64(checksum);
  if (digest && digest->size() == 32) {
    const bool same = crypto::to_hex(*digest) == expected.sha256_hex;
    return Verification{same ? Verdict::stored : Verdict::different, Evidence::checksum};
  }
  // An ETag is the MD5 only of single, plainly stored objects: another one proves nothing.
  if (length && !expected.md5_base64.empty()) {
    const auto md5 = crypto::from_base64(expected.md5_base64);
    const std::string etag(http::header(head.headers, "ETag"));
    if (md5 && etag == "\"" + crypto::to_hex(*md5) + "\"") {
      return Verification{Verdict::stored, Evidence::etag};
    }
  }
  return std::nullopt;
}

S3Requests::Call get_object(const S3Requests& requests, const std::string& key, std::size_t limit) {
  return {
      "GET", key, {}, {}, std::max(limit, max_error_xml_bytes), requests.config().read_deadline};
}

// Reads the object and hashes it.
void verify_by_reading(const Requests& requests, const std::string& key, const Expected& expected,
                       LogArchive::VerifyDone done) {
  requests->send(
      get_object(*requests, key, expected.bytes),
      [requests = requests.get(), expected, done = std::move(done)](Result<http::Response> answer) {
        if (!answer) return done(answer.error());
        if (answer->status != 200) return done(answered_with(*requests, *answer));
        const bool same = answer->body.size() == expected.bytes &&
                          crypto::to_hex(crypto::sha256(answer->body)) == expected.sha256_hex;
        done(Verification{same ? Verdict::stored : Verdict::different, Evidence::read});
      });
}

// A refused HEAD has no body: one byte is asked for to hear why. Above all "no such key" must not
// be confused with "no such bucket".
void explain_refusal(const Requests& requests, const std::string& key,
                     LogArchive::VerifyDone done) {
  S3Requests::Call call{
      "GET", key, {}, {{"Range", "bytes=0-0"}}, max_error_xml_bytes, requests->config().deadline};
  requests->send(std::move(call), [requests = requests.get(),
                                   done = std::move(done)](Result<http::Response> answer) {
    if (!answer) return done(answer.error());
    if (answer->status < 300 || answer->status == 416) {
      return done(fail(Errc::unavailable,
                       requests->name() + ": the store contradicts itself about an object"));
    }
    Error error = answered_with(*requests, *answer);
    const bool no_bucket = answer->body.find("NoSuchBucket") != std::string::npos;
    if (error.code == Errc::not_found && !no_bucket) return done(Verification{});
    done(std::move(error));
  });
}

// Answers on the loop, never inline, and not after the archive is gone.
void answer_later(const Requests& requests, std::function<void()> answer) {
  requests->loop().post([weak = std::weak_ptr(requests), answer = std::move(answer)] {
    if (weak.lock()) answer();
  });
}

struct Listing {
  std::string key_prefix;
  std::vector<ObjectInfo> objects;
  std::size_t pages = 0;
  LogArchive::ListDone done;
};

void list_page(const Requests& requests, const std::shared_ptr<Listing>& listing,
               const std::string& token);

void take_page(const Requests& requests, const std::shared_ptr<Listing>& listing,
               const http::Response& response) {
  if (response.status != 200) return listing->done(answered_with(*requests, response));
  auto page = parse_list_page(response.body);
  if (!page) return listing->done(page.error().within(requests->name()));
  if (++listing->pages > max_list_pages ||
      listing->objects.size() + page->objects.size() > max_listed_objects) {
    return listing->done(fail(Errc::exhausted, requests->name() + ": more than " +
                                                   std::to_string(max_listed_objects) +
                                                   " objects under '" + listing->key_prefix + "'"));
  }
  for (auto& object : page->objects) {
    if (!object.key.starts_with(listing->key_prefix)) {
      return listing->done(
          fail(Errc::broken, requests->name() + ": a listing holds a key that was not asked for"));
    }
    listing->objects.push_back(std::move(object));
  }
  if (!page->next_token.empty()) return list_page(requests, listing, page->next_token);
  std::sort(listing->objects.begin(), listing->objects.end(),
            [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; });
  listing->done(std::move(listing->objects));
}

void list_page(const Requests& requests, const std::shared_ptr<Listing>& listing,
               const std::string& token) {
  aws::sigv4::Pairs query{{"list-type", "2"},
                          {"encoding-type", "url"},
                          {"max-keys", std::to_string(max_page_objects)},
                          {"prefix", listing->key_prefix}};
  if (!token.empty()) query.emplace_back("continuation-token", token);
  S3Requests::Call call{
      "GET", "", std::move(query), {}, max_list_xml_bytes, requests->config().deadline};
  requests->send(std::move(call),
                 [weak = std::weak_ptr(requests), listing](const Result<http::Response>& answer) {
                   if (!answer) return listing->done(answer.error());
                   if (const auto alive = weak.lock()) take_page(alive, listing, *answer);
                 });
}

}  // namespace

S3Archive::S3Archive(S3Config config, aws::Credentials credentials, EventLoop& loop,
                     http::Transport transport)
    : LogArchive(config.prefix),
      requests_(std::make_shared<S3Requests>(std::move(config), std::move(credentials), loop,
                                             std::move(transport))) {}

S3Archive::~S3Archive() = default;

Result<Grant> S3Archive::grant_put(const PutSpec& spec, WallTime now) {
  if (auto good = check_put(spec, prefix()); !good) return good.error();
  return requests_->presign_put(spec, now);
}

void S3Archive::verify(std::string key, Expected expected, VerifyDone done) {
  Status good = check_key(key);
  if (good) good = check_expected(key, expected);
  if (!good) {
    return answer_later(requests_, [done = std::move(done), error = good.error()] { done(error); });
  }
  S3Requests::Call head{"HEAD",
                        key,
                        {},
                        {{"x-amz-checksum-mode", "ENABLED"}},
                        max_error_xml_bytes,
                        requests_->config().deadline};
  requests_->send(std::move(head), [weak = std::weak_ptr(requests_), key = std::move(key),
                                    expected = std::move(expected),
                                    done = std::move(done)](Result<http::Response> answer) mutable {
    const auto requests = weak.lock();
    if (!requests) return;
    if (!answer) return done(answer.error());
    if (answer->status != 200) {
      const bool silent = answer->status < 500 && answer->status != 429;
      if (silent) return explain_refusal(requests, key, std::move(done));
      return done(answered_with(*requests, *answer));
    }
    if (const auto verdict = judge_head(*answer, expected)) return done(*verdict);
    verify_by_reading(requests, key, expected, std::move(done));
  });
}

void S3Archive::read(std::string key, std::size_t limit, ReadDone done) {
  if (auto good = check_key(key); !good) {
    return answer_later(requests_, [done = std::move(done), error = good.error()] { done(error); });
  }
  const auto* requests = requests_.get();
  requests_->send(get_object(*requests, key, limit),
                  [requests, key, limit, done = std::move(done)](Result<http::Response> answer) {
                    if (!answer) return done(answer.error());
                    if (answer->status != 200) {
                      return done(answered_with(*requests, *answer).within("'" + key + "'"));
                    }
                    if (answer->body.size() > limit) {
                      return done(fail(Errc::exhausted, "'" + key + "' is larger than " +
                                                            std::to_string(limit) + " bytes"));
                    }
                    done(std::move(answer->body));
                  });
}

void S3Archive::list(std::string key_prefix, ListDone done) {
  auto listing = std::make_shared<Listing>();
  listing->key_prefix = std::move(key_prefix);
  if (listing->key_prefix.empty() && !prefix().empty()) listing->key_prefix = prefix() + "/";
  listing->done = std::move(done);
  list_page(requests_, listing, "");
}

void S3Archive::check(CheckDone done) {
  const auto* requests = requests_.get();
  S3Requests::Call call{"GET",
                        "",
                        {{"list-type", "2"}, {"max-keys", "1"}, {"prefix", prefix()}},
                        {},
                        max_error_xml_bytes,
                        requests->config().deadline};
  requests_->send(std::move(call),
                  [requests, done = std::move(done)](Result<http::Response> answer) {
                    if (!answer) return done(answer.error());
                    if (answer->status != 200) return done(answered_with(*requests, *answer));
                    if (auto page = parse_list_page(answer->body); !page) {
                      return done(page.error().within(requests->name()));
                    }
                    done({});
                  });
}

}  // namespace edgeherd::archive
