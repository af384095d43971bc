#include "coordinator/act/logs/uploads.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "common/core/token_bucket.h"
#include "common/crypto/digest.h"
#include "coordinator/act/core/core.h"
#include "coordinator/act/logs/archive_check.h"
#include "coordinator/act/logs/verifications.h"

namespace edgeherd::act {

namespace {

const Protection segment_kept("journal", "segment");
const Protection segment_verified("check", "segment_verified");

Error stored_otherwise(std::uint64_t seq) {
  return fail(Errc::conflict,
              "segment " + std::to_string(seq) + " is stored already, with another content");
}

}  // namespace

archive::NodePath archive_path(const model::Node& node) {
  const std::string& zone = node.zone.str();
  const std::size_t slash = zone.rfind('/');
  return {node.provider.str(), slash == std::string::npos ? zone : zone.substr(slash + 1),
          node.id.str()};
}

// The key that a segment of this node must have, its date taken from `key` itself.
Result<std::string> expected_key(const archive::LogArchive& archive, const model::Node& node,
                                 std::uint64_t seq, const std::string& key) {
  if (seq == 0) return archive.manifest_key(archive_path(node));
  const std::size_t last = key.rfind('/');
  const std::size_t before =
      last == std::string::npos || last == 0 ? last : key.rfind('/', last - 1);
  if (last == std::string::npos || before == std::string::npos) {
    return fail(Errc::invalid, "the key '" + key + "' is not one of this node's");
  }
  return archive.object_key(archive_path(node), key.substr(before + 1, last - before - 1), seq);
}

struct Uploads::State : std::enable_shared_from_this<State> {
  // What a node announced, by sequence number: verifying may need its MD5.
  struct Asked {
    std::string sha256;
    std::string md5;
  };
  struct Known {
    explicit Known(const UploadLimits& limits) : grants(limits.grants_per_s, limits.grant_burst) {}
    Rows rows;      // those that are not folded
    Folded folded;  // the oldest
    std::map<std::uint64_t, Asked> asked;
    std::set<std::uint64_t> verifying;
    TokenBucket grants;
    bool checking = false;
  };
  static constexpr std::size_t most_asked = 256;  // per node; the lowest numbers go first

  State(Core& c, archive::LogArchive& a, AgentPort& p, UploadLimits l)
      : core(c), archive(a), agents(p), limits(l), verifications(a, l.verifications, l.waiting) {}

  Core& core;
  archive::LogArchive& archive;
  AgentPort& agents;
  const UploadLimits limits;
  Verifications verifications;
  std::map<NodeId, Known> nodes;
  UploadStatus status;

  Known& known(const NodeId& id) { return nodes.try_emplace(id, limits).first->second; }
  [[nodiscard]] Result<archive::PutSpec> spec_for(const model::Node& node,
                                                  const wire::UploadRequest& request);
  void grant(const model::Node& node, const wire::UploadRequest& request,
             const archive::PutSpec& spec);
  void grant_folded(const model::Node& node, const wire::UploadRequest& request,
                    const archive::PutSpec& spec);
  void refuse(const model::Node& node, std::uint64_t seq, const std::string& why);
  enum class Object { any, missing };
  void verdict(const NodeId& node, std::uint64_t seq, const Status& stored,
               Object object = Object::any);
  [[nodiscard]] Result<Segment> claimed(const model::Node& node, const wire::UploadDone& done);
  void verified(Segment segment, const Result<archive::Verification>& answer);
  void keep(const Segment& segment);
  void fold_oldest(const NodeId& id, Known& node);
};

void Uploads::State::refuse(const model::Node& node, std::uint64_t seq, const std::string& why) {
  ++status.refused;
  wire::UploadGrant grant;
  grant.seq = seq;
  grant.refusal = why;
  (void)agents.send(node.key, grant);
}

Result<archive::PutSpec> Uploads::State::spec_for(const model::Node& node,
                                                  const wire::UploadRequest& request) {
  const bool manifest = request.seq == 0;
  if (request.seq > limits.highest_seq) {
    return fail(Errc::invalid, "sequence numbers end at " + std::to_string(limits.highest_seq));
  }
  const std::uint64_t most = manifest ? limits.manifest_bytes : archive::max_object_bytes;
  if (request.bytes == 0 || request.bytes > most) {
    return fail(Errc::invalid, "an object has 1 to " + std::to_string(most) + " bytes, not " +
                                   std::to_string(request.bytes));
  }
  if (!crypto::is_sha256_hex(request.sha256))
    return fail(Errc::invalid, "sha256 is not 64 hex digits");
  const Rows& rows = known(node.id).rows;
  const auto stored = rows.find(request.seq);
  if (stored != rows.end() && stored->second.sha256 != request.sha256) {
    return stored_otherwise(request.seq);
  }
  auto key = manifest ? archive.manifest_key(archive_path(node))
                      : archive.object_key(archive_path(node), request.date, request.seq);
  if (!key.ok()) return key.error();
  archive::PutSpec spec;
  spec.key = std::move(*key);
  spec.object = {request.bytes, request.sha256, request.md5};
  spec.overwrite = manifest ? archive::Overwrite::allow : archive::Overwrite::forbid;
  spec.validity = limits.grant_validity;
  return spec;
}

void Uploads::State::grant(const model::Node& node, const wire::UploadRequest& request,
                           const archive::PutSpec& spec) {
  const auto signed_put = archive.grant_put(spec, core.wall());
  if (!signed_put.ok()) return refuse(node, request.seq, signed_put.error().message);
  auto& asked = known(node.id).asked;
  asked[request.seq] = {request.sha256, request.md5};
  if (asked.size() > most_asked) asked.erase(asked.begin());
  wire::UploadGrant grant;
  grant.seq = request.seq;
  grant.key = spec.key;
  grant.url = signed_put->url;
  grant.headers = signed_put->headers;
  grant.expires_ms = static_cast<std::uint32_t>(millis(spec.validity));
  ++status.granted;
  (void)agents.send(node.key, grant);
}

// A number that was stored long ago: its agent did not hear the verdict, or has lost its ledger and
// numbers anew. Its content is not among our rows, so the archive is asked; a store may not know
// how to forbid overwriting.
void Uploads::State::grant_folded(const model::Node& node, const wire::UploadRequest& request,
                                  const archive::PutSpec& spec) {
  const Segment asked{node.id,       request.seq,    spec.key,   request.lines,
                      request.bytes, request.sha256, request.md5};
  const bool taken =
      verifications.add(asked, [self = weak_from_this(), request, spec,
                                id = node.id](const Result<archive::Verification>& answer) {
        const auto state = self.lock();
        const model::Node* found = state ? state->core.fleet().node(id) : nullptr;
        if (found == nullptr || found->key.empty()) return;
        if (!answer.ok()) return state->refuse(*found, request.seq, answer.error().message);
        if (answer->verdict == archive::Verdict::different) {
          return state->refuse(*found, request.seq, stored_otherwise(request.seq).message);
        }
        state->grant(*found, request, spec);
      });
  if (!taken) refuse(node, request.seq, "too many verifications wait, try later");
}

void Uploads::State::verdict(const NodeId& id, std::uint64_t seq, const Status& stored,
                             Object object) {
  const model::Node* node = core.fleet().node(id);
  if (node == nullptr || node->key.empty()) return;
  wire::UploadVerdict message;
  message.seq = seq;
  message.stored = stored.ok();
  if (!stored.ok()) message.reason = stored.error().message;
  message.missing = object == Object::missing;
  (void)agents.send(node->key, message);
}

// What an agent says to have stored, as far as it can be right.
Result<Segment> Uploads::State::claimed(const model::Node& node, const wire::UploadDone& done) {
  if (done.seq > limits.highest_seq || !crypto::is_sha256_hex(done.sha256)) {
    return fail(Errc::invalid, "sequence number or sha256 is not valid");
  }
  const auto key = expected_key(archive, node, done.seq, done.key);
  if (!key.ok()) return key.error();
  if (*key != done.key) return fail(Errc::invalid, "the key is not the one of the grant: " + *key);
  Segment segment{node.id, done.seq, done.key, done.lines, done.bytes, done.sha256, ""};
  const auto& asked = known(node.id).asked;
  const auto request = asked.find(done.seq);
  if (request != asked.end() && request->second.sha256 == done.sha256) {
    segment.md5 = request->second.md5;
  }
  return segment;
}

void Uploads::State::keep(const Segment& segment) {
  core.journal().put(Table::segment, segment_key(segment.node, segment.seq), segment_body(segment));
  core.when_durable(segment_kept, [self = weak_from_this(), segment](const Status& durable) {
    const auto state = self.lock();
    if (!state) return;
    // Until then it counts as stored nowhere.
    if (durable.ok()) state->core.apply(model::ArchiveConfirmed{});
    if (state->core.fleet().node(segment.node) == nullptr) {
      // It left meanwhile: forget() did not know of this row.
      state->core.journal().erase(Table::segment, segment_key(segment.node, segment.seq));
      return;
    }
    Known& node = state->known(segment.node);
    if (durable.ok()) {
      node.rows[segment.seq] = segment;
      node.asked.erase(segment.seq);
      ++state->status.stored;
      state->fold_oldest(segment.node, node);
    }
    state->verdict(segment.node, segment.seq, durable);
  });
}

// The oldest rows, as far as they follow each other, become one. The journal erases none of them
// before that one is durable; a crash in between leaves both.
void Uploads::State::fold_oldest(const NodeId& id, Known& node) {
  if (node.rows.size() <= limits.rows_most) return;
  std::vector<std::uint64_t> gone;
  while (node.rows.size() > limits.rows_kept) {
    const auto next =
        node.folded.from == 0 ? node.rows.begin() : node.rows.find(node.folded.through + 1);
    if (next == node.rows.end()) break;  // one is missing: it may yet come
    fold(node.folded, next->second);
    gone.push_back(next->first);
    node.rows.erase(next);
  }
  if (gone.empty()) return;
  core.journal().put(Table::folded, id.str(), folded_body(node.folded));
  for (const std::uint64_t seq : gone) {
    core.journal().erase(Table::segment, segment_key(id, seq));
  }
}

void Uploads::State::verified(Segment segment, const Result<archive::Verification>& answer) {
  if (core.fleet().node(segment.node) == nullptr) return;
  known(segment.node).verifying.erase(segment.seq);
  if (const Status right = verdict_of(answer, segment); !right.ok() && segment_verified.on()) {
    const bool missing = answer.ok() && answer->verdict == archive::Verdict::missing;
    if (!answer.ok()) ++status.failures;
    if (missing) ++status.missing;
    if (answer.ok() && answer->verdict == archive::Verdict::different) {
      ++status.different;
      core.note({model::Severity::alarm, "object_different",
                 "another object lies under " + segment.key, segment.node, ZoneId()});
    }
    return verdict(segment.node, segment.seq, right, missing ? Object::missing : Object::any);
  }
  if (segment.seq == 0 || known(segment.node).folded.has(segment.seq)) {
    core.apply(model::ArchiveConfirmed{});
    return verdict(segment.node, segment.seq, {});
  }
  keep(segment);
}

Uploads::Uploads(Core& core, archive::LogArchive& archive, AgentPort& agents, UploadLimits limits)
    : state_(std::make_shared<State>(core, archive, agents, limits)) {}
Uploads::~Uploads() = default;

void Uploads::restore(Folded folded) {
  Folded& known = state_->known(folded.node).folded;
  known = std::move(folded);
}

void Uploads::restore(Segment segment) {
  State::Known& known = state_->known(segment.node);
  if (known.folded.has(segment.seq)) {
    // Folded just before we stopped.
    state_->core.journal().erase(Table::segment, segment_key(segment.node, segment.seq));
    return;
  }
  known.rows[segment.seq] = std::move(segment);
}

void Uploads::request(const model::Node& node, const wire::UploadRequest& request) {
  State& state = *state_;
  State::Known& known = state.known(node.id);
  if (!known.grants.take(state.core.now(), 1)) {
    return state.refuse(node, request.seq, "too many requests, try later");
  }
  const auto spec = state.spec_for(node, request);
  if (!spec.ok()) return state.refuse(node, request.seq, spec.error().message);
  if (known.folded.has(request.seq)) return state.grant_folded(node, request, *spec);
  state.grant(node, request, *spec);
}

void Uploads::done(const model::Node& node, const wire::UploadDone& done) {
  State& state = *state_;
  auto segment = state.claimed(node, done);
  if (!segment.ok()) return state.verdict(node.id, done.seq, segment.error());
  State::Known& known = state.known(node.id);
  const auto stored = known.rows.find(done.seq);
  if (stored != known.rows.end()) {
    const bool same = stored->second.sha256 == done.sha256 && stored->second.key == done.key;
    return state.verdict(node.id, done.seq,
                         same ? Status() : fail(Errc::conflict, "stored with another content"));
  }
  if (!known.verifying.insert(done.seq).second) return;  // its verdict is on the way
  const Segment asked = *segment;
  const bool taken = state.verifications.add(
      asked,
      [self = std::weak_ptr<State>(state_), asked](const Result<archive::Verification>& answer) {
        if (const auto then = self.lock()) then->verified(asked, answer);
      });
  if (taken) return;
  known.verifying.erase(done.seq);
  state.verdict(node.id, done.seq, fail(Errc::exhausted, "too many verifications wait, try later"));
}

void Uploads::check_archive(const NodeId& id, std::function<void(Status)> done) {
  State& state = *state_;
  const model::Node* node = state.core.fleet().node(id);
  State::Known* known = node != nullptr ? &state.known(id) : nullptr;
  if (known == nullptr || known->checking) {
    state.core.loop().post([done = std::move(done), known] {
      done(known == nullptr ? fail(Errc::not_found, "no such node")
                            : fail(Errc::conflict, "a check is under way"));
    });
    return;
  }
  known->checking = true;
  ArchiveCheck::run(
      std::weak_ptr<State>(state_), state.archive, state.verifications, *node, known->rows,
      known->folded, state.limits.manifest_bytes,
      [self = std::weak_ptr<State>(state_), id,
       done = std::move(done)](Result<ArchiveTotals> totals) {
        const auto then = self.lock();
        if (!then) return;
        const auto at = then->nodes.find(id);
        if (at != then->nodes.end()) at->second.checking = false;
        const model::Node* checked = then->core.fleet().node(id);
        ++(totals.ok() ? then->status.checks_passed : then->status.checks_failed);
        if (totals.ok() && checked != nullptr) {
          then->core.note(
              {totals->lost_lines > 0 ? model::Severity::warning : model::Severity::info,
               "archive_checked",
               std::to_string(totals->objects) + " objects with " + std::to_string(totals->lines) +
                   " lines verified, " + std::to_string(totals->lost_lines) + " lines known lost",
               id, checked->zone});
        }
        done(totals.ok() ? Status() : totals.error());
      });
}

StoredLogs Uploads::stored(const NodeId& node) const {
  const auto known = state_->nodes.find(node);
  if (known == state_->nodes.end()) return {};
  const Folded& folded = known->second.folded;
  StoredLogs sum{folded.segments(), folded.lines, folded.bytes};
  for (const auto& [seq, segment] : known->second.rows) {
    ++sum.segments;
    sum.lines += segment.lines;
    sum.bytes += segment.bytes;
  }
  return sum;
}

const Uploads::Rows& Uploads::newest(const NodeId& node) const {
  static const Rows none;
  const auto known = state_->nodes.find(node);
  return known == state_->nodes.end() ? none : known->second.rows;
}

void Uploads::forget(const NodeId& node) {
  const auto known = state_->nodes.find(node);
  if (known == state_->nodes.end()) return;
  for (const auto& [seq, segment] : known->second.rows) {
    state_->core.journal().erase(Table::segment, segment_key(node, seq));
  }
  if (known->second.folded.from != 0) state_->core.journal().erase(Table::folded, node.str());
  state_->nodes.erase(known);
}

const UploadStatus& Uploads::status() const {
  return state_->status;
}

}  // namespace edgeherd::act
