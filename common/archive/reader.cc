#include "common/archive/reader.h"

#include <map>
#include <memory>

#include "common/archive/gunzip.h"
#include "common/archive/manifest.h"
#include "common/crypto/digest.h"

namespace edgeherd::archive {

namespace {

constexpr std::string_view segment_suffix = ".log.gz";
constexpr std::string_view manifest_suffix = "/manifest.json";

class Reading : public std::enable_shared_from_this<Reading> {
 public:
  Reading(LogArchive& archive, ReadArchiveDone done) : archive_(archive), done_(std::move(done)) {}

  void start(std::string key_prefix) {
    archive_.list(std::move(key_prefix),
                  [self = shared_from_this()](Result<std::vector<ObjectInfo>> listed) {
                    if (!listed) return self->done_(listed.error());
                    self->objects_ = std::move(*listed);
                    self->next();
                  });
  }

 private:
  struct Found {
    std::uint64_t lines = 0;
    std::uint64_t bytes = 0;
    std::string sha256;
  };

  void next();
  void take(const std::string& key, const std::string& body);
  void take_segment(const std::string& key, const std::string& body);
  void take_manifest(const std::string& key, const std::string& body);
  void compare();
  void compare_segment(const std::string& manifest_key, const ManifestSegment& segment);
  void problem(const std::string& key, const std::string& what);

  LogArchive& archive_;
  ReadArchiveDone done_;
  std::vector<ObjectInfo> objects_;
  std::size_t at_ = 0;
  std::map<std::string, Found> segments_;
  std::map<std::string, Manifest> manifests_;
  ArchiveSummary summary_;
};

void Reading::problem(const std::string& key, const std::string& what) {
  ++summary_.bad;
  if (summary_.problems.size() < max_named_problems) {
    summary_.problems.push_back("'" + key + "': " + what);
  }
}

void Reading::next() {
  if (at_ == objects_.size()) {
    compare();
    return done_(std::move(summary_));
  }
  const std::string key = objects_[at_++].key;
  archive_.read(key, max_object_bytes, [self = shared_from_this(), key](Result<std::string> body) {
    if (!body && body.error().code != Errc::exhausted) return self->done_(body.error());
    if (body)
      self->take(key, *body);
    else
      self->problem(key, body.error().message);
    self->next();
  });
}

void Reading::take(const std::string& key, const std::string& body) {
  if (key.ends_with(segment_suffix)) return take_segment(key, body);
  if (key.ends_with(manifest_suffix)) return take_manifest(key, body);
  problem(key, "neither a segment nor a manifest");
}

void Reading::take_segment(const std::string& key, const std::string& body) {
  const auto counted = count_gzip(body);
  if (!counted) return problem(key, counted.error().message);
  ++summary_.objects;
  summary_.lines += counted->lines;
  summary_.bytes += body.size();
  segments_[key] = {counted->lines, body.size(), crypto::to_hex(crypto::sha256(body))};
}

void Reading::take_manifest(const std::string& key, const std::string& body) {
  auto manifest = parse_manifest(body);
  if (!manifest) return problem(key, manifest.error().message);
  // ".../<node>/manifest.json"
  const std::string root = key.substr(0, key.size() - manifest_suffix.size());
  const std::string node = root.substr(root.rfind('/') + 1);
  if (auto good = check_manifest(*manifest, node); !good) return problem(key, good.error().message);
  ++summary_.manifests;
  summary_.lines_lost += manifest->lines_lost;
  manifests_[key] = std::move(*manifest);
}

void Reading::compare_segment(const std::string& manifest_key, const ManifestSegment& segment) {
  const std::string root = manifest_key.substr(0, manifest_key.rfind('/') + 1);
  if (!segment.key.starts_with(root)) return problem(segment.key, "is not under its manifest");
  const auto found = segments_.find(segment.key);
  if (found == segments_.end()) {
    return problem(segment.key, "is in the manifest, but missing or damaged");
  }
  const Found& there = found->second;
  if (there.bytes != segment.bytes || there.sha256 != segment.sha256) {
    return problem(segment.key, "is another object than the manifest's");
  }
  if (there.lines != segment.lines) {
    return problem(segment.key, "has " + std::to_string(there.lines) +
                                    " lines, the manifest says " + std::to_string(segment.lines));
  }
  ++summary_.verified;
}

void Reading::compare() {
  for (const auto& [key, manifest] : manifests_) {
    for (const auto& segment : manifest.segments) compare_segment(key, segment);
  }
}

}  // namespace

void read_archive(LogArchive& archive, std::string key_prefix, ReadArchiveDone done) {
  std::make_shared<Reading>(archive, std::move(done))->start(std::move(key_prefix));
}

}  // namespace edgeherd::archive
