#include "coordinator/act/logs/archive_check.h"

#include <map>
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
        model::Node node, Uploads::Rows rows, Folded folded, ArchiveCheck::Done done)
      : owner_(std::move(owner)),
        archive_(archive),
        verifications_(verifications),
        node_(std::move(node)),
        rows_(std::move(rows)),
        folded_(std::move(folded)),
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
    if (const Status same = compare_folded(); !same.ok() && as_confirmed.on()) {
      return end(same.error());
    }
    if (as_confirmed.on() && !rows_.empty() && rows_.rbegin()->first > manifest_.segments.size()) {
      return end(fail(Errc::conflict, "segment " + std::to_string(rows_.rbegin()->first) +
                                          " was stored, but the manifest does not have it"));
    }
    totals_.lost_lines = manifest_.lines_lost;
    verify_more();
  }

  // The manifest's part that we have folded: its running digest must be ours.
  [[nodiscard]] Status compare_folded() const {
    if (folded_.from == 0) return {};
    std::map<std::uint64_t, const archive::ManifestSegment*> by_seq;
    for (const archive::ManifestSegment& segment : manifest_.segments) {
      if (folded_.has(segment.seq)) by_seq[segment.seq] = &segment;
    }
    const std::string what =
        "segments " + std::to_string(folded_.from) + " to " + std::to_string(folded_.through);
    if (by_seq.size() != folded_.segments()) {
      return fail(Errc::conflict, what + " were stored, but the manifest has not all of them");
    }
    std::string digest;
    for (const auto& [seq, s] : by_seq) {
      digest = fold_digest(digest, seq, s->key, s->sha256, s->lines, s->bytes);
    }
    if (digest == folded_.digest) return {};
    return fail(Errc::conflict, what + " differ from what we confirmed");
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

  // A few at once: a node's check must not crowd out the uploads of the others.
  void verify_more() {
    while (done_ && next_ < manifest_.segments.size() && under_way_ < ArchiveCheck::at_once) {
      if (!verify(manifest_.segments[next_])) {
        if (under_way_ == 0) end(fail(Errc::exhausted, "too many verifications wait"));
        return;  // the answers that are under way go on with it
      }
    }
    if (done_ && under_way_ == 0 && next_ == manifest_.segments.size()) end(totals_);
  }

  // False: the queue is full, nothing was asked.
  bool verify(const archive::ManifestSegment& theirs) {
    const auto row = rows_.find(theirs.seq);
    const Segment ours = row != rows_.end()
                             ? row->second
                             : Segment{node_.id,     theirs.seq,    theirs.key, theirs.lines,
                                       theirs.bytes, theirs.sha256, ""};
    // Counted first: the answer may be there before the question returns.
    ++under_way_;
    ++next_;
    const bool taken = verifications_.add(
        ours, [self = shared_from_this(), ours](const Result<archive::Verification>& answer) {
          self->verified(ours, answer);
        });
    if (taken) return true;
    --under_way_;
    --next_;
    return false;
  }

  void verified(const Segment& ours, const Result<archive::Verification>& answer) {
    --under_way_;
    if (!done_) return;  // another one has ended the check
    if (const Status right = verdict_of(answer, ours); !right.ok() && still_there.on()) {
      return end(right.error());
    }
    ++totals_.objects;
    totals_.lines += ours.lines;
    verify_more();
  }

  // The first end counts.
  void end(Result<ArchiveTotals> result) { std::exchange(done_, nullptr)(std::move(result)); }

  const std::weak_ptr<void> owner_;
  archive::LogArchive& archive_;
  Verifications& verifications_;
  const model::Node node_;
  const Uploads::Rows rows_;
  const Folded folded_;
  ArchiveCheck::Done done_;
  archive::Manifest manifest_;
  std::size_t next_ = 0;
  std::size_t under_way_ = 0;
  ArchiveTotals totals_;
};

}  // namespace

void ArchiveCheck::run(std::weak_ptr<void> owner, archive::LogArchive& archive,
                       Verifications& verifications, const model::Node& node, Uploads::Rows rows,
                       Folded folded, std::size_t most_bytes, Done done) {
  std::make_shared<Check>(std::move(owner), archive, verifications, node, std::move(rows),
                          std::move(folded), std::move(done))
      ->start(most_bytes);
}

}  // namespace edgeherd::act
