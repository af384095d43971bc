#include "agent/logs/spool.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "agent/logs/pack_job.h"
#include "agent/logs/tail_position.h"
#include "common/core/number.h"

namespace edgeherd::logs {

namespace {

constexpr std::size_t head_bytes = 256;
constexpr std::string_view raw_suffix = ".log";
constexpr std::string_view object_suffix = ".log.gz";
constexpr std::string_view apart_prefix = "of-";

std::optional<std::uint64_t> seq_of(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return std::nullopt;
  name.remove_suffix(suffix.size());
  const auto seq = parse_number<std::uint64_t>(name);
  return seq == 0U ? std::nullopt : seq;
}

Status unless_missing(Status status) {
  if (!status && status.error().code == Errc::not_found) return {};
  return status;
}

}  // namespace

Spool::Spool(FileSystem& files, std::string directory, std::string access_log)
    : files_(files), directory_(std::move(directory)), access_log_(std::move(access_log)) {}

std::string Spool::raw_path(std::uint64_t seq) const {
  char name[32];
  std::snprintf(name, sizeof name, "/%012llu", static_cast<unsigned long long>(seq));
  return directory_ + name + std::string(raw_suffix);
}

std::string Spool::object_path(std::uint64_t seq) const {
  return raw_path(seq) + ".gz";
}

Status Spool::sync() {
  return files_.sync_directory(directory_);
}

bool Spool::exists(const std::string& path) {
  return files_.info(path).ok();
}

Status Spool::remove_object(std::uint64_t seq) {
  return unless_missing(files_.remove(object_path(seq)));
}
Status Spool::remove_raw(std::uint64_t seq) {
  return unless_missing(files_.remove(raw_path(seq)));
}

Status Spool::set_aside(std::uint64_t seq) {
  return unless_missing(files_.rename(object_path(seq), object_path(seq) + ".damaged"));
}

Status Spool::prepare() {
  if (auto made = files_.make_directories(directory_); !made) return made;
  return files_.sync_directory(parent_of(directory_));
}

Result<std::string> Spool::move_apart(const std::string& owner) {
  std::string plain = owner;
  std::replace(plain.begin(), plain.end(), '/', '_');
  std::string apart = directory_ + "/" + std::string(apart_prefix) + plain;
  for (int number = 2; exists(apart + "/ledger"); ++number) {
    apart = directory_ + "/" + std::string(apart_prefix) + plain + "-" + std::to_string(number);
  }
  if (auto made = files_.make_directories(apart); !made) return made.error();
  const auto names = files_.list(directory_);
  if (!names) return names.error();
  // A log that is moved already is the other node's; one that came since is ours.
  const Status log = unless_missing(files_.rename_new(access_log_, apart + "/access.log"));
  if (!log && log.error().code != Errc::conflict) return log.error();
  for (const std::string& name : *names) {
    if (name == "ledger" || name == "reserve" || name.starts_with(apart_prefix)) continue;
    const auto moved = files_.rename(directory_ + "/" + name, apart + "/" + name);
    if (!moved) return moved.error();
  }
  for (const std::string& directory : {parent_of(access_log_), apart, directory_}) {
    if (auto synced = files_.sync_directory(directory); !synced) return synced.error();
  }
  if (auto moved = files_.rename(ledger_path(), apart + "/ledger"); !moved) return moved.error();
  if (auto synced = files_.sync_directory(apart); !synced) return synced.error();
  if (auto synced = sync(); !synced) return synced.error();
  return apart;
}

Result<Segment> Spool::describe(const std::string& path, std::uint64_t seq) {
  auto file = files_.open(path, OpenMode::read);
  if (!file) return file.error();
  const auto info = (*file)->info();
  if (!info) return info.error();
  const auto head = (*file)->read_at(0, head_bytes);
  if (!head) return head.error();
  Segment segment;
  segment.seq = seq;
  segment.inode = info->inode;
  segment.head_bytes = head->size();
  segment.head = head_hash(*head);
  return segment;
}

Result<std::optional<std::uint64_t>> Spool::take_log(Ledger& ledger) {
  const auto info = files_.info(access_log_);
  if (!info && info.error().code == Errc::not_found) return std::optional<std::uint64_t>();
  if (!info) return info.error();
  if (info->size == 0) return std::optional<std::uint64_t>();
  const std::uint64_t seq = ledger.next_seq();
  const auto segment = describe(access_log_, seq);
  if (!segment) return segment.error();
  if (auto opened = ledger.opened(*segment); !opened) return opened.error();
  if (auto moved = files_.rename(access_log_, raw_path(seq)); !moved) {
    ledger.withdraw(seq);
    return moved.error();
  }
  // Should these fail, the name may come back after a crash: then recover() takes the entry back.
  (void)sync();
  (void)files_.sync_directory(parent_of(access_log_));
  return std::optional<std::uint64_t>(seq);
}

Result<std::optional<std::uint64_t>> Spool::close_raw(Ledger& ledger, const Segment& segment,
                                                      RawFate fate) {
  const std::string raw = raw_path(segment.seq);
  const auto info = files_.info(raw);
  if (!info && info.error().code == Errc::not_found) return std::optional<std::uint64_t>();
  if (!info) return info.error();
  const std::uint64_t taken = segment.from + segment.pack.raw_bytes;
  if (fate == RawFate::finished && info->size <= taken) {
    if (auto removed = files_.remove(raw); !removed) return removed.error();
    if (auto synced = sync(); !synced) return synced.error();
    return std::optional<std::uint64_t>();
  }
  Segment rest;
  rest.seq = ledger.next_seq();
  rest.inode = segment.inode;
  rest.from = taken;
  rest.head_bytes = segment.head_bytes;
  rest.head = segment.head;
  if (auto opened = ledger.opened(rest); !opened) return opened.error();
  if (auto moved = files_.rename(raw, raw_path(rest.seq)); !moved) {
    ledger.withdraw(rest.seq);
    return moved.error();
  }
  if (auto synced = sync(); !synced) return synced.error();
  return std::optional<std::uint64_t>(rest.seq);
}

Status Spool::recover(Ledger& ledger, const std::string& date, std::vector<std::string>& findings) {
  date_ = date;
  const auto names = files_.list(directory_);
  if (!names) return names.error();
  std::set<std::uint64_t> present;
  for (const std::string& name : *names) {
    if (name.ends_with(".part") || name.ends_with(".new")) {
      (void)files_.remove(directory_ + "/" + name);
      continue;
    }
    for (const std::string_view suffix : {raw_suffix, object_suffix}) {
      if (const auto seq = seq_of(name, suffix)) present.insert(*seq);
    }
  }
  if (ledger.damaged() > 0) {
    findings.push_back(ledger_path() + ": " + std::to_string(ledger.damaged()) +
                       " damaged records were left out");
  }
  for (const std::uint64_t seq : present) ledger.reserve(seq);
  // A copy: the ledger changes below.
  const auto segments = ledger.segments();
  for (const auto& [seq, segment] : segments) {
    if (auto done = recover_segment(ledger, segment, findings); !done) return done;
  }
  std::vector<std::uint64_t> unknown;
  for (const std::uint64_t seq : present) {
    if (!segments.contains(seq)) unknown.push_back(seq);
  }
  if (auto done = adopt_unknown(ledger, unknown, findings); !done) return done;
  return sync();
}

Status Spool::recover_segment(Ledger& ledger, const Segment& segment,
                              std::vector<std::string>& findings) {
  const bool raw = exists(raw_path(segment.seq));
  const bool object = exists(object_path(segment.seq));
  if (segment.packed) {
    if (object) return {};
    if (raw) {
      ledger.unpack(segment.seq);
      return {};
    }
    if (!segment.put_under.empty()) {
      ledger.gone(segment.seq);
      return {};
    }
    findings.push_back("segment " + std::to_string(segment.seq) + " has vanished from the spool, " +
                       std::to_string(segment.pack.lines) + " lines lost");
    return ledger.dropped(segment.seq, segment.pack.lines);
  }
  if (segment.dropped) {
    if (auto done = remove_raw(segment.seq); !done) return done;
    return remove_object(segment.seq);
  }
  // An object without its record was never asked for an upload: make it again.
  if (raw) return remove_object(segment.seq);
  if (object) {
    auto packed = inspect_object(files_, object_path(segment.seq), date_);
    if (packed) return ledger.packed(segment.seq, std::move(*packed));
    if (packed.error().code != Errc::broken) return packed.error();
    findings.push_back("segment " + std::to_string(segment.seq) + ": " + packed.error().message);
    if (auto moved = set_aside(segment.seq); !moved) return moved;
    return ledger.dropped(segment.seq, 0);
  }
  return recover_missing(ledger, segment, findings);
}

// An entry without a file: the rename that it announced did not happen, or did not last.
Status Spool::recover_missing(Ledger& ledger, const Segment& segment,
                              std::vector<std::string>& findings) {
  if (segment.from > 0) {
    if (const auto holder = raw_with_inode(segment.inode)) {
      return files_.rename(raw_path(*holder), raw_path(segment.seq));
    }
  }
  const auto live = describe(access_log_, segment.seq);
  const bool still_there = live && live->inode == segment.inode;
  if (segment.from > 0 || !still_there) {
    findings.push_back("segment " + std::to_string(segment.seq) +
                       " has vanished before it was counted");
  }
  const bool newest = ledger.next_seq() == segment.seq + 1;
  if (newest && segment.from == 0) {
    ledger.withdraw(segment.seq);
    return {};
  }
  // An empty segment keeps the numbers without a gap.
  return ledger.dropped(segment.seq, 0);
}

std::optional<std::uint64_t> Spool::raw_with_inode(std::uint64_t inode) {
  const auto names = files_.list(directory_);
  if (!names) return std::nullopt;
  for (const std::string& name : *names) {
    const auto seq = seq_of(name, raw_suffix);
    if (!seq) continue;
    const auto info = files_.info(raw_path(*seq));
    if (info && info->inode == inode) return seq;
  }
  return std::nullopt;
}

// Files whose numbers the ledger does not hold as open. What was stored goes; everything else is
// shipped: only a record that says so is a reason to remove a file.
Status Spool::adopt_unknown(Ledger& ledger, const std::vector<std::uint64_t>& unknown,
                            std::vector<std::string>& findings) {
  if (unknown.empty()) return {};
  const auto stored = ledger.read_stored();
  if (!stored) return stored.error();
  for (const std::uint64_t seq : unknown) {
    const auto found = stored->by_seq.find(seq);
    auto done = found == stored->by_seq.end() ? adopt(ledger, seq, findings)
                                              : close_stored(ledger, found->second);
    if (!done) return done;
  }
  return {};
}

// It was sent from memory and its log is still there, or the unlinking did not last. A process may
// write to it still.
Status Spool::close_stored(Ledger& ledger, Segment segment) {
  if (auto removed = remove_object(segment.seq); !removed) return removed;
  const auto head = describe(raw_path(segment.seq), segment.seq);
  if (!head) return unless_missing(head.error());
  segment.head_bytes = head->head_bytes;  // the list of stored segments does not keep these
  segment.head = head->head;
  const auto closed = close_raw(ledger, segment, RawFate::held);
  return closed ? Status() : Status(closed.error());
}

// The ledger was lost, or the record damaged.
Status Spool::adopt(Ledger& ledger, std::uint64_t seq, std::vector<std::string>& findings) {
  findings.push_back("segment " + std::to_string(seq) +
                     " is not in the ledger; it is shipped anew");
  const bool raw = exists(raw_path(seq));
  const auto segment = describe(raw ? raw_path(seq) : object_path(seq), seq);
  if (!segment) return segment.error();
  if (auto opened = ledger.opened(*segment); !opened) return opened;
  return recover_segment(ledger, *segment, findings);
}

}  // namespace edgeherd::logs
