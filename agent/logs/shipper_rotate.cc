// Rotation: when, how, and what follows until nginx has its new file.
#include <algorithm>

#include "agent/logs/shipper_state.h"

namespace edgeherd::logs {

void Shipper::State::look_at_log() {
  const auto info = seams_.files.info(config_.access_log);
  watch_name(info);
  const std::uint64_t size = info ? info->size : 0;
  if (size > 0 && !log_since_) log_since_ = now();
  if (size > 0 || log_size_ > 0) log_quiet_since_ = now();
  if (size == 0) log_since_.reset();
  log_size_ = size;
  if (size == 0 || reopening_ || now() < next_rotation_) return;
  const bool large = size >= config_.rotate_bytes;
  const bool many = ledger_->stored_segments() >= config_.many_segments;
  const Duration age =
      many ? std::max(config_.rotate_age, config_.rotate_age_of_many) : config_.rotate_age;
  const bool old = now() - *log_since_ >= age;
  if (large || old || flushing_) rotate_now();
}

// Between two looks only we may give the log's name up.
void Shipper::State::watch_name(const Result<FileInfo>& log) {
  if (!log && log.error().code != Errc::not_found) return;
  if (log_inode_ && (!log || log->inode != *log_inode_)) {
    taken_away_[*log_inode_] = 0;
    raise(Severity::alarm, "log_taken_away",
          config_.access_log +
              " was renamed or removed by somebody else (logrotate?): what nginx " +
              "wrote to it since the last rotation is not stored");
  }
  log_inode_ = log ? std::optional(log->inode) : std::nullopt;
  // It may be put back: then it is shipped after all.
  if (log_inode_) taken_away_.erase(*log_inode_);
}

// What was read of them, and what is read of them yet: nginx may go on with one for a while.
void Shipper::State::count_taken_away() {
  for (auto it = taken_away_.begin(); it != taken_away_.end();) {
    const auto read = lines_read ? lines_read(it->first) : std::nullopt;
    if (!read) {
      it = taken_away_.erase(it);
      continue;
    }
    if (*read > it->second) {
      add_lost_lines(*read - it->second, "the access log was renamed or removed by somebody else");
      it->second = *read;
    }
    ++it;
  }
}

void Shipper::State::rotate(Done done) {
  rotation_waiting_.push_back(std::move(done));
  // nginx is about to open its log for an earlier rotation, or for one before a restart: what it
  // has written since wants one of its own.
  if (reopening_) {
    rotate_again_ = true;
  } else {
    rotate_now();
  }
}

void Shipper::State::rotate_now() {
  if (before_rotation) before_rotation();
  watch_name(seams_.files.info(config_.access_log));
  const auto taken = spool_.take_log(*ledger_);
  if (!taken) {
    next_rotation_ = now() + rotation_backoff_.next(seams_.random);
    raise(Severity::alarm, "log_rotation_failed", taken.error().message);
    answer_rotations(taken.error());
    return;
  }
  rotation_backoff_.reset();
  if (!*taken) {
    answer_rotations({});
    return;
  }
  ++totals_.rotations;
  log_inode_.reset();
  log_size_ = 0;
  log_since_.reset();
  log_quiet_since_ = now();
  Settling& settling = settling_[**taken];
  settling.since = settling.quiet_since = now();
  run_reopen();
}

void Shipper::State::run_reopen() {
  next_reopen_ = MonoTime::max();
  if (reopening_) {
    reopen_again_ = true;
    return;
  }
  reopening_ = true;
  reopen_ok_ = false;
  const auto ended = [weak = weak_from_this()](const Status& status) {
    if (const auto self = weak.lock()) self->reopen_ended(status);
  };
  if (config_.reopen_hook.empty()) {
    seams_.loop.post([ended] { ended({}); });
  } else {
    seams_.hooks.run(config_.reopen_hook, config_.hook_limit, ended);
  }
}

void Shipper::State::reopen_ended(const Status& status) {
  reopening_ = false;
  reopen_ok_ = status.ok();
  if (status) {
    reopen_backoff_.reset();
    log_moved_apart_ = false;
  } else {
    ++totals_.hook_failures;
    // Only while a file waits for it: a nginx that has stopped for good cannot be told to reopen.
    if (!settling_.empty() || log_moved_apart_)
      next_reopen_ = now() + reopen_backoff_.next(seams_.random);
    raise(Severity::warning, "log_reopen_failed", "reopen hook: " + status.error().message);
  }
  if (std::exchange(reopen_again_, false)) {
    run_reopen();
    return;
  }
  if (std::exchange(rotate_again_, false)) {
    rotate_now();
  } else {
    answer_rotations(status);
  }
  advance();
}

void Shipper::State::answer_rotations(const Status& status) {
  answer(rotation_waiting_, status);
}

}  // namespace edgeherd::logs
