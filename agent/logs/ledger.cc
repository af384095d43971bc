#include "agent/logs/ledger.h"

#include <algorithm>
#include <charconv>

namespace edgeherd::logs {

namespace {

// Reads the words of a record; a missing or wrong one makes the whole record void.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}

  std::string word() {
    const std::size_t space = rest_.find(' ');
    const std::string_view taken = rest_.substr(0, space);
    rest_ = space == std::string_view::npos ? std::string_view{} : rest_.substr(space + 1);
    if (taken.empty()) good_ = false;
    return std::string(taken);
  }
  std::uint64_t number(int base = 10) {
    const std::string text = word();
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value, base);
    if (error != std::errc{} || rest != end) good_ = false;
    return value;
  }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

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

}  // namespace

Result<std::unique_ptr<Ledger>> Ledger::open(FileSystem& files, std::string path) {
  std::unique_ptr<Ledger> ledger(new Ledger(files, path));
  auto journal = LineJournal::open(files, std::move(path));
  if (!journal) return journal.error();
  ledger->journal_ = std::move(*journal);
  for (const std::string& record : ledger->journal_->take_records()) ledger->apply(record, nullptr);
  return ledger;
}

Segment& Ledger::segment(std::uint64_t seq) {
  Segment& found = segments_[seq];
  found.seq = seq;
  return found;
}

void Ledger::apply(std::string_view record, std::vector<Segment>* stored) {
  Words words(record);
  const std::string kind = words.word();
  if (kind == "lost") {
    const std::uint64_t lines = words.number();
    if (words.good()) lines_lost_ += lines;
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
    read.pack.date = words.word();
    read.pack.lines = words.number();
    read.pack.raw_bytes = words.number();
    read.pack.bytes = words.number();
    read.pack.sha256 = words.word();
    read.pack.md5 = words.word();
    if (!words.good()) return;
    Segment& found = segment(read.seq);
    found.pack = read.pack;
    found.packed = found.pinned = true;
    highest_packed_ = std::max(highest_packed_, read.seq);
  } else if (kind == "drop") {
    const std::uint64_t lines = words.number();
    if (!words.good()) return;
    Segment& found = segment(read.seq);
    found.packed = found.pinned = false;
    found.dropped = true;
    lines_lost_ += lines;
  } else if (kind == "done") {
    const std::string key = words.word();
    const auto found = segments_.find(read.seq);
    if (!words.good() || found == segments_.end()) return;
    ++stored_segments_;
    stored_lines_ += found->second.pack.lines;
    if (stored != nullptr) {
      found->second.key = key;
      stored->push_back(found->second);
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

Status Ledger::dropped(std::uint64_t seq, std::uint64_t lines) {
  const std::string record = "drop " + std::to_string(seq) + " " + std::to_string(lines);
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

Result<std::vector<Segment>> Ledger::read_stored() {
  // The same fold once more, keeping what `done` forgets.
  auto journal = LineJournal::open(files_, path_);
  if (!journal) return journal.error();
  Ledger second(files_, path_);
  std::vector<Segment> stored;
  for (const std::string& record : (*journal)->take_records()) second.apply(record, &stored);
  std::sort(stored.begin(), stored.end(),
            [](const Segment& a, const Segment& b) { return a.seq < b.seq; });
  return stored;
}

}  // namespace edgeherd::logs
