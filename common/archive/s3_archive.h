// LogArchive on an S3 store: AWS or anything that speaks its protocol.
//
// Grants are presigned single PUTs with Content-MD5, x-amz-content-sha256 and (AWS keeps it)
// x-amz-checksum-sha256 signed in. The coordinator's own requests are signed in their headers.
// A clock that is off is corrected once per refused request, from the store's Date header.
//
// Thread: the loop's. The loop and what `transport` refers to outlive the archive.
#pragma once

#include <memory>
#include <string>

#include "common/archive/archive.h"
#include "common/aws/sigv4.h"
#include "common/core/event_loop.h"
#include "common/http/transport.h"

namespace edgeherd::archive {

class S3Requests;

enum class BucketStyle {
  path,  // http://host/bucket/key
  host,  // http://bucket.host/key
};

struct S3Config {
  std::string scheme = "https";
  std::string authority;  // "s3.eu-central-1.amazonaws.com", "127.0.0.1:7480"
  std::string bucket;
  std::string prefix;  // as clean_prefix() returns it
  std::string region = "us-east-1";
  BucketStyle style = BucketStyle::path;
  Duration deadline = 10s;        // of a request that answers briefly
  Duration read_deadline = 2min;  // of reading one object
};

class S3Archive final : public LogArchive {
 public:
  S3Archive(S3Config config, aws::Credentials credentials, EventLoop& loop,
            http::Transport transport);
  ~S3Archive() override;

  Result<Grant> grant_put(const PutSpec& spec, WallTime now) override;
  void verify(std::string key, Expected expected, VerifyDone done) override;
  void read(std::string key, std::size_t limit, ReadDone done) override;
  void list(std::string key_prefix, ListDone done) override;
  void check(CheckDone done) override;

 private:
  std::shared_ptr<S3Requests> requests_;
};

}  // namespace edgeherd::archive
