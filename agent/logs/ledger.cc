#include "agent/logs/ledger.h"

#include <algorithm>
#include <charconv>

#include "agent/logs/words.h"

namespace edgeherd::logs {

namespace {

std::string hex(std::uint64_t value) {
  char text[17];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value, 16);
  return {text, end};
}

std::string open_record(const Segment& s) {
  return "open " + std::to_string(s.seq) + " " + std::to_string(s.inode) + " " +
         std::to_string(s.from) + " " + std::to_string(s.head_bytes) + " " + hex(s.head);
}

std::string pack_record(std::uint64_t seq, const Packed& p) {
  return "pack " + std::to_string(seq) + " " + p.date + " " + std::to_string(p.lines) + " " +
         std::to_string(p.raw_bytes) + " " + std::to_string(p.bytes) + " " + p.sha256 + " " + p.md5;
}

std::string put_record(std::uint64_t seq, const std::string& key) {
  return "put " + std::to_string(seq) + " " + key;
}

std::string drop_record(std::uint64_t seq, std::uint64_t lines) {
  return "drop " + std::to_string(seq) + " " + std::to_string(lines);
}

bool parse_packed(Words& words, Packed& pack) {
  pack.date = words.word();
  pack.lines = words.number();
  pack.raw_bytes = words.number();
  pack.bytes = words.number();
  pack.sha256 = words.word();
  pack.md5 = words.word();
  return words.good();
}

}  // namespace

Result<std::unique_ptr<Ledger>> Ledger::open(FileSystem& files, std::string path,
                                             std::string list) {
  std::unique_ptr<Ledger> ledger(new Ledger(files, path, std::move(list)));
  auto journal = LineJournal::open(files, std::move(path));
  if (!journal) return journal.error();
  ledger->journal_ = std::move(*journal);
  const auto records = ledger->journal_->take_records();
  for (const std::string& record : records) ledger->apply(record, nullptr);
  if (records.empty()) {
    if (auto adopted = ledger->adopt_list(); !adopted) return adopted.error();
  }
  return ledger;
}

// A list without its ledger. A compaction writes the list first, but never beside an empty ledger.
Status Ledger::adopt_list() {
  const auto bytes = list_.size();
  if (!bytes) return bytes.error();
  if (*bytes == 0) return {};
  StoredSegments stored;
  if (auto read = list_.read(*bytes, stored); !read) return read;
  for (const auto& [seq, segment] : stored.by_seq) {
    ++stored_segments_;
    stored_lines_ += segment.pack.lines;
    highest_packed_ = seq;
  }
  list_bytes_ = *bytes;
  return journal_->rewrite({base_record(list_bytes_)});
}

Segment& Ledger::segment(std::uint64_t seq) {
  Segment& found = segments_[seq];
  found.seq = seq;
  return found;
}

void Ledger::apply(std::string_view record, StoredSegments* stored) {
  Words words(record);
  const std::string kind = words.word();
  if (kind == "node") {
    std::string node = words.rest();
    if (words.good()) node_ = std::move(node);
    return;
  }
  if (kind == "lost") {
    const std::uint64_t lines = words.number();
    if (words.good()) lines_lost_ += lines;
    return;
  }
  if (kind == "base") {
    const std::uint64_t segments = words.number();
    const std::uint64_t lines = words.number();
    const std::uint64_t lost = words.number();
    const std::uint64_t highest = words.number();
    const std::uint64_t bytes = words.number();
    if (!words.good()) return;
    stored_segments_ = segments;
    stored_lines_ = lines;
    lines_lost_ = lost;
    highest_packed_ = highest;
    list_bytes_ = bytes;
    return;
  }
  Segment read;
  read.seq = words.number();
  if (kind == "open") {
    read.inode = words.number();
    read.from = words.number();
    read.head_bytes = words.number();
    read.head = words.number(16);
    if (words.good()) segment(read.seq) = read;
  } else if (kind == "pack") {
    if (!parse_packed(words, read.pack)) return;
    Segment& found = segment(read.seq);
    found.pack = read.pack;
    found.packed = found.pinned = true;
    highest_packed_ = std::max(highest_packed_, read.seq);
  } else if (kind == "put") {
    const std::string key = words.rest();
    const auto found = segments_.find(read.seq);
    if (words.good() && found != segments_.end()) found->second.put_under = key;
  } else if (kind == "drop" || kind == "short") {
    const std::uint64_t lines = words.number();
    if (!words.good()) return;
    Segment& found = segment(read.seq);
    found.packed = found.pinned = found.gone = false;
    found.put_under.clear();
    found.dropped = kind == "drop";
    lines_lost_ += lines;
  } else if (kind == "done") {
    const std::string key = words.rest();
    const auto found = segments_.find(read.seq);
    if (!words.good() || found == segments_.end()) return;
    ++stored_segments_;
    stored_lines_ += found->second.pack.lines;
    if (stored != nullptr) {
      found->second.key = key;
      stored->by_seq[read.seq] = found->second;
    }
    segments_.erase(found);
  }
}

Status Ledger::write(const std::string& record) {
  auto done = journal_->append(record);
  const bool full = !done && done.error().code == Errc::exhausted;
  if (full && make_room_ && make_room_()) done = journal_->append(record);
  return done;
}

Status Ledger::belongs_to(const std::string& node) {
  const std::string record = "node " + node;
  if (auto done = write(record); !done) return done;
  node_ = node;
  return {};
}

Status Ledger::opened(const Segment& opened) {
  if (auto done = write(open_record(opened)); !done) return done;
  segments_[opened.seq] = opened;
  return {};
}

Status Ledger::packed(std::uint64_t seq, Packed pack) {
  if (auto done = write(pack_record(seq, pack)); !done) return done;
  Segment& found = segment(seq);
  found.pack = std::move(pack);
  found.packed = found.pinned = true;
  highest_packed_ = std::max(highest_packed_, seq);
  return {};
}

Status Ledger::put(std::uint64_t seq, const std::string& key) {
  if (auto done = write(put_record(seq, key)); !done) return done;
  segment(seq).put_under = key;
  return {};
}

Status Ledger::shortened(std::uint64_t seq, std::uint64_t lines) {
  const std::string record = "short " + std::to_string(seq) + " " + std::to_string(lines);
  if (auto done = write(record); !done) return done;
  apply(record, nullptr);
  return {};
}

Status Ledger::dropped(std::uint64_t seq, std::uint64_t lines) {
  const std::string record = drop_record(seq, lines);
  if (auto done = write(record); !done) return done;
  apply(record, nullptr);
  return {};
}

Status Ledger::stored(std::uint64_t seq, const std::string& key) {
  const std::string record = "done " + std::to_string(seq) + " " + (key.empty() ? "-" : key);
  if (auto done = write(record); !done) return done;
  apply(record, nullptr);
  return {};
}

Status Ledger::lost(std::uint64_t lines, const std::string& why) {
  std::string record = "lost " + std::to_string(lines) + " " + why;
  std::replace(record.begin(), record.end(), '\n', ' ');
  if (auto done = write(record); !done) return done;
  lines_lost_ += lines;
  return {};
}

void Ledger::unpack(std::uint64_t seq) {
  segment(seq).packed = false;
}

void Ledger::gone(std::uint64_t seq) {
  Segment& found = segment(seq);
  found.packed = found.gone = true;
}

const Segment* Ledger::find(std::uint64_t seq) const {
  const auto found = segments_.find(seq);
  return found == segments_.end() ? nullptr : &found->second;
}

std::uint64_t Ledger::next_seq() const {
  const std::uint64_t open = segments_.empty() ? 0 : segments_.rbegin()->first;
  return std::max({highest_packed_, highest_reserved_, open}) + 1;
}

void Ledger::reserve(std::uint64_t seq) {
  highest_reserved_ = std::max(highest_reserved_, seq);
}

Result<StoredSegments> Ledger::read_stored() {
  StoredSegments stored;
  if (auto read = list_.read(list_bytes_, stored); !read) return read.error();
  // The same fold once more, keeping what `done` forgets.
  auto journal = LineJournal::open(files_, path_);
  if (!journal) return journal.error();
  Ledger second(files_, path_, list_.path());
  for (const std::string& record : (*journal)->take_records()) second.apply(record, &stored);
  return stored;
}

bool Ledger::worth_compacting(std::uint64_t above_bytes) const {
  constexpr std::uint64_t open_segment_bytes = 400;  // of the records that a new ledger would have
  return bytes() > above_bytes && bytes() / 2 > segments_.size() * open_segment_bytes;
}

std::string Ledger::base_record(std::uint64_t list_bytes) const {
  std::string record = "base";
  for (const std::uint64_t number :
       {stored_segments_, stored_lines_, lines_lost_, highest_packed_, list_bytes}) {
    record += " " + std::to_string(number);
  }
  return record;
}

// The list first: until the new ledger has the old one's name, what was added to it does not count.
Status Ledger::compact() {
  StoredSegments stored;
  auto journal = LineJournal::open(files_, path_);
  if (!journal) return journal.error();
  Ledger second(files_, path_, list_.path());
  for (const std::string& record : (*journal)->take_records()) second.apply(record, &stored);
  const auto list_bytes = list_.append(list_bytes_, stored);
  if (!list_bytes) return list_bytes.error();
  std::vector<std::string> records{base_record(*list_bytes)};
  if (!node_.empty()) records.push_back("node " + node_);
  for (const auto& [seq, segment] : segments_) {
    records.push_back(open_record(segment));
    if (segment.dropped) records.push_back(drop_record(seq, 0));  // counted in the base
    if (segment.pinned) records.push_back(pack_record(seq, segment.pack));
    if (!segment.put_under.empty()) records.push_back(put_record(seq, segment.put_under));
  }
  if (auto written = journal_->rewrite(records); !written) return written;
  list_bytes_ = *list_bytes;
  return {};
}

}  // namespace edgeherd::logs
