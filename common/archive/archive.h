// LogArchive: where closed access-log segments are kept, and proof that they are there.
//
// The nodes hold no credentials: they upload with a grant that the coordinator signs, one per
// object, valid once and for a short time. Reading, listing and verifying is the coordinator's own.
// Nothing here removes an object.
//
// Keys are full object keys: "<prefix>/<provider>/<zone>/<node>/<date>/<seq>.log.gz" for segments,
// "<prefix>/<provider>/<zone>/<node>/manifest.json" for a node's last word. UTF-8, at most
// max_key_bytes.
//
// Thread: the loop's. Every `done` is called exactly once, on the loop, never inline; not at all
// when the archive was destroyed first. Errors: `unavailable` and `timeout` (try again),
// `throttled` (try later), `refused` (credentials or policy; the message holds the store's own
// code), `not_found`, `exhausted` (over a limit), `broken` (an answer that cannot be understood),
// `invalid`.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/clock.h"
#include "common/core/result.h"

namespace edgeherd::archive {

inline constexpr std::size_t max_object_bytes = 64 * 1024 * 1024;  // of one PUT
inline constexpr std::size_t max_key_bytes = 1024;                 // what S3 allows
inline constexpr std::size_t max_segment_name_bytes = 200;         // of one part between slashes
inline constexpr std::size_t max_listed_objects = 1'000'000;       // of one list()
inline constexpr Duration max_grant_validity = 24h * 7;            // what SigV4 allows

// Whose logs they are. Each is one part of the key: no "/", no control characters, not "." or "..".
struct NodePath {
  std::string provider;
  std::string zone;
  std::string node;
};

// What an object should be. A length alone proves nothing and is never enough.
struct Expected {
  std::uint64_t bytes = 0;
  std::string sha256_hex;  // lower case
  std::string md5_base64;  // empty when unknown: then stores without checksums are read
};

enum class Overwrite {
  forbid,  // If-None-Match: * is signed in; a second PUT is answered with 412
  allow,   // for manifests
};

struct PutSpec {
  std::string key;
  Expected object;  // md5_base64 is needed
  Overwrite overwrite = Overwrite::forbid;
  Duration validity = 5min;  // from `now` on
};

// One signed PUT: the headers go out exactly so (beside Host and Content-Length, the client's own).
// 200 or 201: stored. 412: there is an object of this key. 403: expired, or something was changed.
struct Grant {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
};

enum class Verdict { stored, missing, different };
enum class Evidence {
  none,      // missing: there was nothing to look at
  length,    // different already in length
  checksum,  // the store's own SHA-256
  etag,      // the store's MD5
  read,      // read whole and hashed here
};

struct Verification {
  Verdict verdict = Verdict::missing;
  Evidence how = Evidence::none;
};

[[nodiscard]] std::string_view to_string(Verdict verdict);
[[nodiscard]] std::string_view to_string(Evidence evidence);

struct ObjectInfo {
  std::string key;
  std::uint64_t bytes = 0;
};

class LogArchive {
 public:
  using VerifyDone = std::function<void(Result<Verification>)>;
  using ReadDone = std::function<void(Result<std::string>)>;
  using ListDone = std::function<void(Result<std::vector<ObjectInfo>>)>;
  using CheckDone = std::function<void(Status)>;

  virtual ~LogArchive() = default;
  LogArchive(const LogArchive&) = delete;
  LogArchive& operator=(const LogArchive&) = delete;

  // The part of every key in front of the provider; empty or without slashes at its ends.
  [[nodiscard]] const std::string& prefix() const { return prefix_; }

  // `invalid` names the offending part. date: "2026-11-23". seq counts from 1.
  [[nodiscard]] Result<std::string> object_key(const NodePath& node, std::string_view date,
                                               std::uint64_t seq) const;
  [[nodiscard]] Result<std::string> manifest_key(const NodePath& node) const;

  // Signs one PUT; asks nobody. `invalid` when the spec is incomplete, over a limit, or its key
  // lies outside prefix().
  [[nodiscard]] virtual Result<Grant> grant_put(const PutSpec& spec, WallTime now) = 0;

  // Is this very object there? By the store's checksum, else by its ETag, else by reading it whole.
  virtual void verify(std::string key, Expected expected, VerifyDone done) = 0;

  // The whole object; `exhausted` when it is larger than `limit` bytes.
  virtual void read(std::string key, std::size_t limit, ReadDone done) = 0;

  // Every object whose key begins with `key_prefix` (as text), sorted by key: all pages, or an
  // error. An empty one means everything under prefix().
  virtual void list(std::string key_prefix, ListDone done) = 0;

  // One cheap request that shows whether the store answers and takes our credentials. It also
  // learns how far our clock is off, so that later grants are signed in the store's time.
  virtual void check(CheckDone done) = 0;

 protected:
  explicit LogArchive(std::string prefix) : prefix_(std::move(prefix)) {}

 private:
  std::string prefix_;
};

// The rules that every archive applies to what it is given.
// A key as the seam knows it: parts that are not empty, "." or "..", no control characters, UTF-8.
[[nodiscard]] Status check_key(std::string_view key);
// Hex and base64 well formed, size within an upload; the md5 may be missing.
[[nodiscard]] Status check_expected(std::string_view key, const Expected& object);
// All that, with an md5, and a key under `prefix`.
[[nodiscard]] Status check_put(const PutSpec& spec, std::string_view prefix);
// Without slashes at its ends; `invalid` unless empty or a valid key.
[[nodiscard]] Result<std::string> clean_prefix(std::string_view prefix);

}  // namespace edgeherd::archive
