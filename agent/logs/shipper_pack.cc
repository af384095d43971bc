// From a rotated file to a compressed segment.
#include <algorithm>
#include <limits>

#include "agent/logs/shipper_state.h"

namespace edgeherd::logs {

namespace {

constexpr Duration look_again = 500ms;  // at a file that is held
constexpr Duration retry_least = 2s;    // of a packing that failed
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
      begin_pack(seq, RawFate::finished, PackTarget::file);
      return;
    }
    const auto raw = seams_.files.info(spool_.raw_path(seq));
    if (!raw) {
      settling.next_look = now() + retry_most;
      raw_missing(segment, raw.error());
      return;
    }
    if (segment.pinned && raw->size < segment.from + segment.pack.raw_bytes) {
      cut_short(segment);
      return;
    }
    if (raw->size != settling.size) settling.quiet_since = now();
    settling.size = raw->size;
    settling.inode = raw->inode;
    probing_ = true;
    seams_.holders.probe(raw->device, raw->inode, [weak = weak_from_this(), seq](Holders holders) {
      if (const auto self = weak.lock()) self->probed(seq, holders);
    });
    return;
  }
}

// A spool that is not there at all (its disk is away) comes back; a single file does not: an empty
// segment takes its number, so that the others are not held up, unless it was PUT before.
void Shipper::State::raw_missing(const Segment& segment, const Error& error) {
  raise(Severity::alarm, "log_segment_missing", error.message);
  const bool spool_there = seams_.files.info(spool_.ledger_path()).ok();
  if (error.code != Errc::not_found || !spool_there) return;
  const std::uint64_t lines = segment.pinned ? segment.pack.lines : 0;
  if (!segment.put_under.empty()) {
    ledger_->gone(segment.seq);
  } else if (auto recorded = ledger_->dropped(segment.seq, lines); !recorded) {
    raise(Severity::alarm, "log_spool_failed", recorded.error().message);
    return;
  }
  settling_.erase(segment.seq);
  settle_next();
}

// The power went, or a disk forgot. What was PUT is whole if it is there; else what is left is
// counted, and the rest lost.
void Shipper::State::cut_short(const Segment& segment) {
  if (!segment.put_under.empty()) {
    settling_.erase(segment.seq);
    return ledger_->gone(segment.seq);
  }
  begin_pack(segment.seq, RawFate::finished, PackTarget::nowhere);
}

// A log that is given up, or one that has lost a part of what was packed.
void Shipper::State::counted(std::uint64_t seq, const Packed& found) {
  const Segment* segment = ledger_->find(seq);
  const bool shorter =
      segment != nullptr && segment->pinned && found.raw_bytes < segment->pack.raw_bytes;
  if (!shorter) return drop(seq, found.lines);
  const std::uint64_t before = segment->pack.lines;
  const std::uint64_t lost = before - std::min(before, found.lines);
  if (auto recorded = ledger_->shortened(seq, lost); !recorded) {
    raise(Severity::alarm, "log_spool_failed", recorded.error().message);
    return;
  }
  if (sender_->seq() == seq) sender_->cancel();
  if (in_memory(seq)) in_memory_.reset();
  settling_.erase(seq);
  raise(Severity::alarm, "log_lines_lost",
        spool_.raw_path(seq) + " is shorter than it was when it was packed, " +
            std::to_string(lost) + " lines lost");
}

// For want of a sight of nginx: it has made itself another log, whatever the hook said, and the
// file has been quiet.
bool Shipper::State::let_go_unseen(const Settling& settling) const {
  const bool quiet = now() - settling.quiet_since >= config_.settle;
  const bool told = reopen_ok_ || now() - settling.since >= config_.holder_limit;
  const auto log = seams_.files.info(config_.access_log);
  return quiet && told && log && log->inode != settling.inode;
}

void Shipper::State::probed(std::uint64_t seq, Holders holders) {
  probing_ = false;
  Settling& settling = settling_[seq];
  const bool free =
      holders == Holders::none || (holders == Holders::unknown && let_go_unseen(settling));
  if (free) {
    ship(seq, RawFate::finished);
    return;
  }
  ++totals_.holder_waits;
  settling.next_look = now() + look_again;
  if (now() - settling.since >= config_.holder_limit) still_held(seq, settling, holders);
  settle_next();
}

void Shipper::State::still_held(std::uint64_t seq, Settling& settling, Holders holders) {
  if (!settling.warned) {
    raise(Severity::warning, "log_file_held",
          spool_.raw_path(seq) + (holders == Holders::some
                                      ? " is still open in another process"
                                      : " may be open in nginx, which cannot be looked into"));
    if (!reopening_) run_reopen();
  }
  settling.warned = true;
  const Segment* segment = ledger_->find(seq);
  const bool more = segment != nullptr && settling.size > segment->from;
  if (config_.holder_policy == HolderPolicy::ship && more) {
    ship(seq, RawFate::held);
    return;
  }
  // Asked again only now and then, and nginx told again.
  settling.since = now();
  settling.warned = false;
}

// On a full disk the object is kept in memory; one at a time, the others wait.
void Shipper::State::ship(std::uint64_t seq, RawFate fate) {
  const auto unpackable = unpackable_.find(seq);
  if (unpackable == unpackable_.end()) {
    begin_pack(seq, fate, PackTarget::file);
    return;
  }
  unpackable->second = fate;
  if (!in_memory_) {
    begin_pack(seq, fate, PackTarget::memory);
  } else {
    settling_[seq].next_look = now() + look_again;
  }
}

void Shipper::State::begin_pack(std::uint64_t seq, RawFate fate, PackTarget target) {
  const Segment* segment = ledger_->find(seq);
  if (segment == nullptr || packing_) return;
  PackTask task;
  if (!segment->dropped) task.raw = spool_.raw_path(seq);
  task.from = segment->from;
  task.exactly = segment->pinned && target != PackTarget::nowhere;
  task.max_bytes = task.exactly ? segment->pack.raw_bytes : config_.segment_max_bytes;
  // What is counted is given up as a whole.
  if (target == PackTarget::nowhere) task.max_bytes = std::numeric_limits<std::uint64_t>::max();
  task.date = segment->pinned ? segment->pack.date : today();
  task.only_whole_lines = fate == RawFate::held;
  task.target = target;
  task.object = spool_.object_path(seq);
  packing_ = true;
  step_pack(std::make_shared<PackJob>(seams_.files, std::move(task)), seq, fate, target);
}

void Shipper::State::step_pack(std::shared_ptr<PackJob> job, std::uint64_t seq, RawFate fate,
                               PackTarget target) {
  auto finished = std::make_shared<bool>(false);
  seams_.worker.run([job, finished] { *finished = job->step(); },
                    [weak = weak_from_this(), job, finished, seq, fate, target] {
                      const auto self = weak.lock();
                      if (!self) return;
                      if (*finished) {
                        self->packed(seq, *job, fate, target);
                      } else {
                        self->step_pack(job, seq, fate, target);
                      }
                    });
}

void Shipper::State::packed(std::uint64_t seq, PackJob& job, RawFate fate, PackTarget target) {
  packing_ = false;
  if (!job.status()) {
    pack_failed(seq, fate, job.status().error());
    return;
  }
  if (target == PackTarget::nowhere) {
    counted(seq, job.packed());
    advance();
    return;
  }
  if (auto recorded = ledger_->packed(seq, job.packed()); !recorded) {
    // It would only take the room that the record, or the ledger's next, wants.
    (void)spool_.remove_object(seq);
    pack_failed(seq, fate, recorded.error());
    return;
  }
  settling_.erase(seq);
  unpackable_.erase(seq);
  if (target == PackTarget::memory) {
    in_memory_ = InMemory{seq, job.take_body(), fate};
  } else {
    raws_to_close_[seq] = {*ledger_->find(seq), fate};
  }
  advance();
}

void Shipper::State::pack_failed(std::uint64_t seq, RawFate fate, const Error& error) {
  if (error.code == Errc::exhausted) unpackable_[seq] = fate;
  Settling& settling = settling_[seq];
  if (!settling.retry) settling.retry.emplace(retry_least, retry_most);
  settling.next_look = now() + settling.retry->next(seams_.random);
  raise(Severity::alarm, "log_packing_failed",
        "segment " + std::to_string(seq) + ": " + error.message);
  settle_next();
}

// A segment that was packed to a file is not sent before its raw file is gone or has become the
// next segment.
void Shipper::State::close_raws() {
  for (auto it = raws_to_close_.begin(); it != raws_to_close_.end();) {
    const auto& [segment, fate] = it->second;
    Status closed;
    if (segment.dropped) {
      closed = spool_.remove_raw(segment.seq);
    } else if (const auto rest = spool_.close_raw(*ledger_, segment, fate); !rest) {
      closed = rest.error();
    }
    if (!closed) {
      raise(Severity::warning, "log_spool_failed", closed.error().message);
      return;  // the next tick tries again
    }
    it = raws_to_close_.erase(it);
  }
}

}  // namespace edgeherd::logs
