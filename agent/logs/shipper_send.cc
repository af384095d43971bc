// From a compressed segment to a stored one; what happens when the spool is full; the end of a
// flush.
#include "agent/logs/manifest.h"
#include "agent/logs/shipper_state.h"

namespace edgeherd::logs {

namespace {

constexpr Duration compaction_pause = 60s;  // after one that failed or had no room
constexpr std::uint64_t ample_room = 8;     // so many times the ledger must be free

}  // namespace

// In turn: behind the one that was tried last, then from the beginning.
const Segment* Shipper::State::next_to_send() const {
  const Segment* first = nullptr;
  for (const auto& [seq, segment] : ledger_->segments()) {
    if (!segment.packed || raws_to_close_.contains(seq) || stored_unrecorded_.contains(seq)) {
      continue;
    }
    if (seq > last_tried_) return &segment;
    if (first == nullptr) first = &segment;
  }
  return first;
}

void Shipper::State::send_next() {
  if (!sender_->idle()) return;
  if (const Segment* segment = next_to_send()) {
    sender_->begin(item_of(*segment));
    return;
  }
  // A segment that came meanwhile makes it say too little: check_flush() makes another.
  if (manifest_ && manifest_->stored_segments != ledger_->stored_segments()) manifest_.reset();
  if (manifest_ && everything_stored()) {
    Packed packed;
    packed.date = today();
    packed.lines = 0;
    packed.raw_bytes = packed.bytes = manifest_->body.size();
    packed.sha256 = crypto::to_hex(crypto::sha256(manifest_->body));
    packed.md5 = crypto::to_base64(crypto::md5(manifest_->body));
    sender_->begin({0, "", manifest_->body, packed, ""});
  }
}

SendItem Shipper::State::item_of(const Segment& segment) const {
  const std::uint64_t seq = segment.seq;
  if (segment.gone) return {seq, "", "", segment.pack, segment.put_under};
  if (in_memory(seq)) return {seq, "", in_memory_->body, segment.pack, ""};
  return {seq, spool_.object_path(seq), "", segment.pack, ""};
}

// Written down first: a PUT whose answer is lost may have come to its end, and then the number can
// be no other segment's.
Status Shipper::State::putting(std::uint64_t seq, const std::string& key) {
  const Segment* segment = ledger_->find(seq);
  if (segment == nullptr || segment->put_under == key) return {};
  return ledger_->put(seq, key);
}

void Shipper::State::stored(std::uint64_t seq, const std::string& key) {
  totals_.last_error.clear();
  if (seq == 0) {
    last_manifest_ = std::exchange(manifest_, std::nullopt);
  } else {
    stored_unrecorded_[seq] = key;
    record_stored();
  }
  advance();
}

// The object was removed or damaged by somebody else, and its raw file is gone: its lines are lost,
// unless it was PUT before. What is left of it stays for a person to look at.
void Shipper::State::spoilt(std::uint64_t seq, const std::string& why) {
  last_tried_ = seq;
  const Segment* segment = ledger_->find(seq);
  if (segment == nullptr) return;
  if (!segment->put_under.empty()) {
    (void)spool_.set_aside(seq);
    ledger_->gone(seq);
    raise(Severity::alarm, "log_spool_repaired", "segment " + std::to_string(seq) + ": " + why);
    advance();
    return;
  }
  const std::uint64_t lines = segment->pack.lines;
  if (auto recorded = ledger_->dropped(seq, lines); !recorded) {
    raise(Severity::alarm, "log_spool_failed", recorded.error().message);
    return;
  }
  (void)spool_.set_aside(seq);
  raise(Severity::alarm, "log_lines_lost",
        "segment " + std::to_string(seq) + " with " + std::to_string(lines) + " lines: " + why);
  advance();
}

// The PUT came to nothing: it is lost, but for a log that was cut short.
void Shipper::State::missing(std::uint64_t seq) {
  last_tried_ = seq;
  const Segment* segment = ledger_->find(seq);
  if (segment == nullptr) return;
  if (seams_.files.info(spool_.raw_path(seq))) {
    begin_pack(seq, RawFate::finished, PackTarget::nowhere);
    return;
  }
  const std::uint64_t lines = segment->pack.lines;
  if (auto recorded = ledger_->dropped(seq, lines); !recorded) {
    raise(Severity::alarm, "log_spool_failed", recorded.error().message);
    return;
  }
  raise(Severity::alarm, "log_lines_lost",
        "segment " + std::to_string(seq) + " with " + std::to_string(lines) +
            " lines is neither in the spool nor in the archive");
  advance();
}

// What is stored is unlinked only when the ledger says so for good.
void Shipper::State::record_stored() {
  for (auto it = stored_unrecorded_.begin(); it != stored_unrecorded_.end();) {
    const Segment segment = *ledger_->find(it->first);
    if (auto recorded = ledger_->stored(it->first, it->second); !recorded) {
      raise(Severity::warning, "log_spool_failed", recorded.error().message);
      return;
    }
    if (in_memory(it->first)) {
      raws_to_close_[it->first] = {segment, in_memory_->fate};
      in_memory_.reset();
    } else if (segment.gone) {
      raws_to_close_[it->first] = {segment, RawFate::held};  // a log that was cut short
    }
    (void)spool_.remove_object(it->first);
    it = stored_unrecorded_.erase(it);
  }
}

// Not while a stored segment's file is there (the ledger still has to say so), nor while nginx may
// need the room that the new files take for a moment.
void Shipper::State::compact_ledger() {
  if (!ledger_->worth_compacting(config_.ledger_compact_bytes)) return;
  if (!raws_to_close_.empty() || now() < next_compaction_) return;
  const auto free = seams_.files.free_bytes(config_.spool_directory);
  const bool room = free && *free >= ample_room * ledger_->bytes();
  const auto done = room ? ledger_->compact() : Status();
  if (!room || !done) next_compaction_ = now() + compaction_pause;
  if (!done) raise(Severity::warning, "log_spool_failed", done.error().message);
}

// Nothing is given up before it is stored, unless both limits are reached: then the oldest.
void Shipper::State::enforce_spool_limit() {
  if (totals_.spool_bytes <= config_.spool_max_bytes || packing_) return;
  const auto free = seams_.files.free_bytes(config_.spool_directory);
  if (!free || *free >= config_.disk_free_floor_bytes) return;
  for (const auto& [seq, segment] : ledger_->segments()) {
    const bool stays = segment.dropped || segment.gone || sender_->putting(seq);
    if (stays || stored_unrecorded_.contains(seq)) continue;
    if (raw_is_all(seq) && segment.put_under.empty()) {
      begin_pack(seq, RawFate::finished, PackTarget::nowhere);
      return;
    }
    const bool object = segment.packed && !raws_to_close_.contains(seq) && !in_memory(seq);
    if (object || raw_is_all(seq)) {
      drop(seq, segment.pack.lines);
      return;
    }
  }
}

bool Shipper::State::in_memory(std::uint64_t seq) const {
  return in_memory_ && in_memory_->seq == seq;
}

// There is no object on the disk, and to unlink the log makes room: no process holds it.
bool Shipper::State::raw_is_all(std::uint64_t seq) const {
  if (in_memory(seq)) return in_memory_->fate == RawFate::finished;
  const auto found = unpackable_.find(seq);
  return found != unpackable_.end() && found->second == RawFate::finished;
}

void Shipper::State::drop(std::uint64_t seq, std::uint64_t lines) {
  const Segment* segment = ledger_->find(seq);
  // It may have been sent while its lines were counted.
  if (segment == nullptr || stored_unrecorded_.contains(seq) || sender_->putting(seq)) return;
  if (sender_->seq() == seq) sender_->cancel();
  if (!segment->put_under.empty()) return leave_to_archive(*segment);
  if (auto recorded = ledger_->dropped(seq, lines); !recorded) {
    raise(Severity::alarm, "log_spool_failed", recorded.error().message);
    return;
  }
  (void)spool_.remove_raw(seq);
  forget_files(seq);
  raise(Severity::alarm, "log_lines_lost",
        "the spool is full: segment " + std::to_string(seq) + " with " + std::to_string(lines) +
            " lines was dropped");
}

// It was PUT, and no verdict was heard: it may be stored, and no other segment can have its number.
// The coordinator is asked for the verdict; what its log held beyond it becomes the next segment.
void Shipper::State::leave_to_archive(const Segment& segment) {
  const std::uint64_t seq = segment.seq;
  if (const auto rest = spool_.close_raw(*ledger_, segment, RawFate::finished); !rest) {
    raise(Severity::warning, "log_spool_failed", rest.error().message);
    return;
  }
  ledger_->gone(seq);
  forget_files(seq);
  raise(Severity::alarm, "log_segment_dropped",
        "the spool is full: segment " + std::to_string(seq) + " with " +
            std::to_string(segment.pack.lines) +
            " lines was dropped, which may be in the archive already");
}

void Shipper::State::forget_files(std::uint64_t seq) {
  (void)spool_.remove_object(seq);
  if (in_memory(seq)) in_memory_.reset();
  unpackable_.erase(seq);
  settling_.erase(seq);
  measure_spool();
}

bool Shipper::State::everything_stored() const {
  return ledger_->segments().empty() && stored_unrecorded_.empty() && raws_to_close_.empty() &&
         rotation_waiting_.empty() && !reopening_;
}

void Shipper::State::flush(Done done) {
  flushing_ = true;
  if (done) flush_waiting_.push_back(std::move(done));
  log_quiet_since_ = now();  // what nginx still buffers has to come first
  look_at_log();
  advance();
}

void Shipper::State::end_flush() {
  flushing_ = false;
  if (manifest_ && !sender_->idle() && sender_->seq() == 0) sender_->cancel();
  manifest_.reset();
  answer(flush_waiting_, fail(Errc::conflict, "the flush was ended by an undrain"));
}

void Shipper::State::check_flush() {
  if (!flushing_ || !everything_stored() || log_size_ > 0) return;
  if (now() - log_quiet_since_ < config_.settle) return;
  // A line may have come since the last tick looked.
  const auto info = seams_.files.info(config_.access_log);
  if (info && info->size > 0) return;
  if (!info && info.error().code != Errc::not_found) return;
  const std::uint64_t lost = ledger_->lines_lost() + lost_unrecorded_;
  const bool current = last_manifest_ &&
                       last_manifest_->stored_segments == ledger_->stored_segments() &&
                       last_manifest_->lines_lost == lost;
  if (current) {
    answer(flush_waiting_, {});
  } else if (!manifest_) {
    begin_manifest();
  }
}

void Shipper::State::begin_manifest() {
  const auto stored = ledger_->read_stored();
  if (!stored) {
    raise(Severity::warning, "log_spool_failed", stored.error().message);
    return;
  }
  if (stored->damaged > 0) {
    raise(Severity::alarm, "log_spool_repaired",
          spool_.stored_list_path() + ": " + std::to_string(stored->damaged) +
              " damaged records were left out");
  }
  Manifest manifest;
  manifest.stored_segments = ledger_->stored_segments();
  manifest.lines_lost = ledger_->lines_lost() + lost_unrecorded_;
  manifest.body = make_manifest(config_.node, *stored, manifest.lines_lost);
  manifest_ = std::move(manifest);
  send_next();
}

}  // namespace edgeherd::logs
