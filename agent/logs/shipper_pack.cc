// From a rotated file to a compressed segment.
#include "agent/logs/shipper_state.h"

namespace edgeherd::logs {

namespace {

constexpr Duration look_again = 500ms;     // at a file that is held
constexpr Duration retry_least = 2s;       // of a packing that failed
constexpr Duration retry_most = 60s;

}  // namespace

void Shipper::State::settle_next() {
  if (probing_ || packing_ || reopening_) return;
  for (const auto& [seq, segment] : ledger_->segments()) {
    if (segment.packed) continue;
    const bool fresh = !settling_.contains(seq);
    Settling& settling = settling_[seq];
    if (fresh) settling.since = settling.quiet_since = now();
    if (now() < settling.next_look) continue;
    if (segment.dropped) {
      begin_pack(seq, RawFate::finished, PackPurpose::ship);
      return;
    }
    const auto raw = seams_.files.info(spool_.raw_path(seq));
    if (!raw) {
      settling.next_look = now() + retry_most;
      raise(Severity::alarm, "log_segment_missing", raw.error().message);
      continue;
    }
    if (raw->size != settling.size) settling.quiet_since = now();
    settling.size = raw->size;
    probing_ = true;
    seams_.holders.probe(raw->device, raw->inode, [weak = weak_from_this(), seq](Holders holders) {
      if (const auto self = weak.lock()) self->probed(seq, holders);
    });
    return;
  }
}

bool Shipper::State::quiet_long_enough(const Settling& settling) const {
  const bool quiet = now() - settling.quiet_since >= config_.settle;
  const bool reopened = reopen_ok_ || now() - settling.since >= config_.holder_limit;
  return quiet && reopened;
}

void Shipper::State::probed(std::uint64_t seq, Holders holders) {
  probing_ = false;
  Settling& settling = settling_[seq];
  const bool free = holders == Holders::none ||
                    (holders == Holders::unknown && quiet_long_enough(settling));
  if (free) {
    begin_pack(seq, RawFate::finished, PackPurpose::ship);
    return;
  }
  ++totals_.holder_waits;
  settling.next_look = now() + look_again;
  if (now() - settling.since >= config_.holder_limit) still_held(seq, settling);
  settle_next();
}

void Shipper::State::still_held(std::uint64_t seq, Settling& settling) {
  if (!settling.warned) {
    raise(Severity::warning, "log_file_held",
          spool_.raw_path(seq) + " is still open in another process");
    if (!reopening_) run_reopen();
  }
  settling.warned = true;
  const Segment* segment = ledger_->find(seq);
  const bool more = segment != nullptr && settling.size > segment->from;
  if (config_.holder_policy == HolderPolicy::ship && more) {
    begin_pack(seq, RawFate::held, PackPurpose::ship);
    return;
  }
  // Asked again only now and then, and nginx told again.
  settling.since = now();
  settling.warned = false;
}

void Shipper::State::begin_pack(std::uint64_t seq, RawFate fate, PackPurpose purpose) {
  const Segment* segment = ledger_->find(seq);
  if (segment == nullptr || packing_) return;
  PackTask task;
  if (!segment->dropped) task.raw = spool_.raw_path(seq);
  task.from = segment->from;
  task.max_bytes = config_.segment_max_bytes;
  task.only_whole_lines = fate == RawFate::held;
  if (purpose == PackPurpose::ship) task.object = spool_.object_path(seq);
  task.date = today();
  packing_ = true;
  step_pack(std::make_shared<PackJob>(seams_.files, std::move(task)), seq, fate, purpose);
}

void Shipper::State::step_pack(std::shared_ptr<PackJob> job, std::uint64_t seq, RawFate fate,
                               PackPurpose purpose) {
  auto finished = std::make_shared<bool>(false);
  seams_.worker.run([job, finished] { *finished = job->step(); },
                    [weak = weak_from_this(), job, finished, seq, fate, purpose] {
                      const auto self = weak.lock();
                      if (!self) return;
                      if (*finished) {
                        self->packed(seq, *job, fate, purpose);
                      } else {
                        self->step_pack(job, seq, fate, purpose);
                      }
                    });
}

void Shipper::State::packed(std::uint64_t seq, const PackJob& job, RawFate fate,
                            PackPurpose purpose) {
  packing_ = false;
  if (!job.status()) {
    pack_failed(seq, job.status().error());
    return;
  }
  if (purpose == PackPurpose::count_to_drop) {
    drop(seq, job.packed().lines);
    advance();
    return;
  }
  if (auto recorded = ledger_->packed(seq, job.packed()); !recorded) {
    pack_failed(seq, recorded.error());
    return;
  }
  settling_.erase(seq);
  unpackable_.erase(seq);
  raws_to_close_[seq] = fate;
  advance();
}

void Shipper::State::pack_failed(std::uint64_t seq, const Error& error) {
  if (error.code == Errc::exhausted) unpackable_.insert(seq);
  Settling& settling = settling_[seq];
  if (!settling.retry) settling.retry.emplace(retry_least, retry_most);
  const bool room = error.code == Errc::exhausted && reserve_.release(now());
  settling.next_look = room ? now() : now() + settling.retry->next(seams_.random);
  raise(Severity::alarm, "log_packing_failed",
        "segment " + std::to_string(seq) + ": " + error.message);
  settle_next();
}

// A packed segment is not sent before its raw file is gone or has become the next segment: so no raw
// file ever belongs to a stored one.
void Shipper::State::close_raws() {
  for (auto it = raws_to_close_.begin(); it != raws_to_close_.end();) {
    const Segment* segment = ledger_->find(it->first);
    if (segment == nullptr || !segment->packed) {
      it = raws_to_close_.erase(it);
      continue;
    }
    const bool was_dropped = segment->dropped;
    if (was_dropped) {
      if (!spool_.remove_raw(it->first)) return;
      it = raws_to_close_.erase(it);
      continue;
    }
    const auto rest = spool_.close_raw(*ledger_, *segment, it->second);
    if (!rest) {
      raise(Severity::warning, "log_spool_failed", rest.error().message);
      return;  // the next tick tries again
    }
    it = raws_to_close_.erase(it);
  }
}

}  // namespace edgeherd::logs
