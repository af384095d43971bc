#include "coordinator/act/archive_check.h"

#include <memory>
#include <utility>

#include "common/archive/manifest.h"
#include "common/core/protection.h"

namespace edgeherd::act {

namespace {

const Protection no_gap("check", "manifest_whole");
const Protection as_confirmed("check", "manifest_as_confirmed");
const Protection still_there("check", "objects_still_there");

// One check under way; it keeps itself alive by the callbacks that it waits for.
class Check : public std::enable_shared_from_this<Check> {
 public:
  Check(std::weak_ptr<void> owner, archive::LogArchive& archive, Verifications& verifications,
        model::Node node, Uploads::Rows rows, ArchiveCheck::Done done)
      : owner_(std::move(owner)),
        archive_(archive),
        verifications_(verifications),
        node_(std::move(node)),
        rows_(std::move(rows)),
        done_(std::move(done)) {}

  void start(std::size_t most_bytes) {
    const auto key = archive_.manifest_key(archive_path(node_));
    if (!key.ok()) return end(key.error());
    archive_.read(*key, most_bytes, [self = shared_from_this()](const Result<std::string>& text) {
      if (!self->owner_.expired()) self->have_manifest(text);
    });
  }

 private:
  void have_manifest(const Result<std::string>& text) {
    if (!text.ok()) return end(text.error().within("reading the manifest"));
    auto manifest = archive::parse_manifest(*text);
    if (!manifest.ok()) return end(manifest.error());
    if (const Status whole = archive::check_manifest(*manifest, node_.id.str());
        !whole.ok() && no_gap.on()) {
      return end(whole.error());
    }
    manifest_ = std::move(*manifest);
    for (const archive::ManifestSegment& segment : manifest_.segments) {
      if (const Status right = compare(segment); !right.ok()) return end(right.error());
    }
    if (as_confirmed.on() && !rows_.empty() && rows_.rbegin()->first > manifest_.segments.size()) {
      return end(fail(Errc::conflict, "segment " + std::to_string(rows_.rbegin()->first) +
                                          " was stored, but the manifest does not have it"));
    }
    totals_.lost_lines = manifest_.lines_lost;
    verify_next();
  }

  [[nodiscard]] Status compare(const archive::ManifestSegment& segment) const {
    const std::string what = "segment " + std::to_string(segment.seq);
    const auto key = expected_key(archive_, node_, segment.seq, segment.key);
    if (!key.ok()) return key.error().within(what);
    if (*key != segment.key) return fail(Errc::conflict, what + " has the key " + segment.key);
    const auto row = rows_.find(segment.seq);
    if (row == rows_.end()) return {};  // an adopted node's: the archive itself is asked below
    const Segment& ours = row->second;
    const bool differs = ours.key != segment.key || ours.sha256 != segment.sha256 ||
                         ours.bytes != segment.bytes || ours.lines != segment.lines;
    if (differs && as_confirmed.on()) {
      return fail(Errc::conflict, what + " differs from what we confirmed");
    }
    return {};
  }

  // One after the other: a node's check must not crowd out the uploads of the others.
  void verify_next() {
    if (next_ == manifest_.segments.size()) return end(totals_);
    const auto row = rows_.find(manifest_.segments[next_].seq);
    const archive::ManifestSegment& theirs = manifest_.segments[next_];
    const Segment ours = row != rows_.end()
                             ? row->second
                             : Segment{node_.id,     theirs.seq,    theirs.key, theirs.lines,
                                       theirs.bytes, theirs.sha256, ""};
    const bool taken = verifications_.add(
        ours, [self = shared_from_this(), ours](const Result<archive::Verification>& answer) {
          if (const Status right = verdict_of(answer, ours); !right.ok() && still_there.on()) {
            return self->end(right.error());
          }
          ++self->totals_.objects;
          self->totals_.lines += ours.lines;
          ++self->next_;
          self->verify_next();
        });
    if (!taken) end(fail(Errc::exhausted, "too many verifications wait"));
  }

  void end(Result<ArchiveTotals> result) { std::exchange(done_, nullptr)(std::move(result)); }

  const std::weak_ptr<void> owner_;
  archive::LogArchive& archive_;
  Verifications& verifications_;
  const model::Node node_;
  const Uploads::Rows rows_;
  ArchiveCheck::Done done_;
  archive::Manifest manifest_;
  std::size_t next_ = 0;
  ArchiveTotals totals_;
};

}  // namespace

void ArchiveCheck::run(std::weak_ptr<void> owner, archive::LogArchive& archive,
                       Verifications& verifications, const model::Node& node, Uploads::Rows rows,
                       std::size_t most_bytes, Done done) {
  std::make_shared<Check>(std::move(owner), archive, verifications, node, std::move(rows),
                          std::move(done))
      ->start(most_bytes);
}

}  // namespace edgeherd::act
