#include "agent/logs/pack_job.h"

#include <algorithm>
#include <array>
#include <cassert>

#include <zlib.h>

namespace edgeherd::logs {

namespace {

constexpr std::size_t piece_bytes = 256 * 1024;  // of the raw log, in one step
constexpr std::size_t out_bytes = 64 * 1024;
constexpr int gzip_window = 15 + 16;  // zlib: the largest window, with a gzip header
constexpr int gzip_level = 6;
constexpr int gzip_memory = 8;  // zlib's default

}  // namespace

struct PackJob::Deflater {
  z_stream stream{};
  std::array<char, out_bytes> out{};
  bool good = deflateInit2(&stream, gzip_level, Z_DEFLATED, gzip_window, gzip_memory,
                           Z_DEFAULT_STRATEGY) == Z_OK;
  Deflater() = default;
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream); }
};

PackJob::PackJob(FileSystem& files, PackTask task)
    : files_(files), task_(std::move(task)), part_(task_.object + ".part") {
  packed_.date = task_.date;
}

PackJob::~PackJob() = default;

bool PackJob::step() {
  if (!begun_) {
    begun_ = true;
    status_ = begin();
  } else if (at_ < end_) {
    status_ = take_piece();
  } else {
    status_ = finish();
    if (status_) return true;
  }
  if (status_) return false;
  if (out_) {
    out_.reset();
    (void)files_.remove(part_);
  }
  deflater_.reset();
  return true;
}

Status PackJob::begin() {
  deflater_ = std::make_unique<Deflater>();
  if (!deflater_->good) return fail(Errc::exhausted, "no memory to compress " + task_.raw);
  if (!task_.raw.empty()) {
    auto raw = files_.open(task_.raw, OpenMode::read);
    if (!raw) return raw.error();
    raw_ = std::move(*raw);
    const auto info = raw_->info();
    if (!info) return info.error();
    const auto end = find_end(info->size);
    if (!end) return end.error();
    end_ = *end;
    at_ = std::min(task_.from, end_);
  }
  if (task_.target != PackTarget::file) return {};
  if (auto old = files_.remove(part_); !old && old.error().code != Errc::not_found) return old;
  auto out = files_.open(part_, OpenMode::create_new);
  if (!out) return out.error();
  out_ = std::move(*out);
  return {};
}

// Where the segment ends: the end of the file, or the last line break before the limit. A line that
// is longer than the limit is cut; its pieces meet again when the segments are joined.
Result<std::uint64_t> PackJob::find_end(std::uint64_t size) {
  const bool cut = size > task_.from && size - task_.from > task_.max_bytes;
  const std::uint64_t limit = cut ? task_.from + task_.max_bytes : size;
  if (task_.exactly && size < task_.from + task_.max_bytes) {
    return fail(Errc::broken, task_.raw + " is shorter than the ledger says");
  }
  if (task_.exactly || (!cut && !task_.only_whole_lines)) return limit;
  for (std::uint64_t end = limit; end > task_.from;) {
    const std::uint64_t begin = end - std::min<std::uint64_t>(end - task_.from, piece_bytes);
    const auto bytes = raw_->read_at(begin, static_cast<std::size_t>(end - begin));
    if (!bytes) return bytes.error();
    const std::size_t found = bytes->rfind('\n');
    if (found != std::string::npos) return begin + found + 1;
    end = begin;
  }
  return cut ? limit : task_.from;
}

Status PackJob::take_piece() {
  const std::uint64_t wanted = std::min<std::uint64_t>(piece_bytes, end_ - at_);
  const auto bytes = raw_->read_at(at_, static_cast<std::size_t>(wanted));
  if (!bytes) return bytes.error();
  if (bytes->empty()) return fail(Errc::broken, task_.raw + " became shorter while it was read");
  packed_.lines += static_cast<std::uint64_t>(std::count(bytes->begin(), bytes->end(), '\n'));
  packed_.raw_bytes += bytes->size();
  open_line_ = bytes->back() != '\n';
  at_ += bytes->size();
  return task_.target == PackTarget::nowhere ? Status() : compress(*bytes, false);
}

Status PackJob::compress(std::string_view bytes, bool last) {
  z_stream& stream = deflater_->stream;
  // zlib does not write to its input, but its old interface does not say so.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  do {
    stream.next_out = reinterpret_cast<Bytef*>(deflater_->out.data());
    stream.avail_out = static_cast<uInt>(deflater_->out.size());
    if (deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_ERROR) {
      return fail(Errc::internal, "zlib refused to compress " + task_.raw);
    }
    const std::string_view made(deflater_->out.data(), deflater_->out.size() - stream.avail_out);
    if (made.empty()) continue;
    sha256_.update(made);
    md5_.update(made);
    packed_.bytes += made.size();
    if (!out_) {
      body_ += made;
    } else if (auto put = out_->append(made); !put) {
      return put;
    }
  } while (stream.avail_out == 0);
  return {};
}

Status PackJob::finish() {
  if (open_line_) ++packed_.lines;
  if (task_.target == PackTarget::nowhere) return {};
  if (auto done = compress({}, true); !done) return done;
  packed_.sha256 = crypto::to_hex(sha256_.finish());
  packed_.md5 = crypto::to_base64(md5_.finish());
  if (!out_) return raw_ ? raw_->sync() : Status();
  if (auto synced = out_->sync(); !synced) return synced;
  if (auto renamed = files_.rename(part_, task_.object); !renamed) return renamed;
  return files_.sync_directory(parent_of(task_.object));
}

Result<Packed> inspect_object(FileSystem& files, const std::string& object, std::string date) {
  struct Inflater {
    z_stream stream{};
    bool good = inflateInit2(&stream, gzip_window) == Z_OK;
    ~Inflater() { inflateEnd(&stream); }
  } inflater;
  if (!inflater.good) return fail(Errc::exhausted, "no memory to read " + object);
  auto file = files.open(object, OpenMode::read);
  if (!file) return file.error();
  Packed packed;
  packed.date = std::move(date);
  crypto::Digest sha256(crypto::DigestKind::sha256);
  crypto::Digest md5(crypto::DigestKind::md5);
  std::array<char, out_bytes> out{};
  char last = '\n';
  int state = Z_OK;
  while (state != Z_STREAM_END) {
    auto bytes = (*file)->read_at(packed.bytes, piece_bytes);
    if (!bytes) return bytes.error();
    if (bytes->empty()) return fail(Errc::broken, object + " ends too early");
    packed.bytes += bytes->size();
    sha256.update(*bytes);
    md5.update(*bytes);
    inflater.stream.next_in = reinterpret_cast<Bytef*>(bytes->data());
    inflater.stream.avail_in = static_cast<uInt>(bytes->size());
    do {
      inflater.stream.next_out = reinterpret_cast<Bytef*>(out.data());
      inflater.stream.avail_out = static_cast<uInt>(out.size());
      state = inflate(&inflater.stream, Z_NO_FLUSH);
      if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) {
        return fail(Errc::broken, object + " is damaged");
      }
      const std::string_view text(out.data(), out.size() - inflater.stream.avail_out);
      packed.lines += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
      packed.raw_bytes += text.size();
      if (!text.empty()) last = text.back();
    } while (inflater.stream.avail_out == 0 && state != Z_STREAM_END);
  }
  if (last != '\n') ++packed.lines;
  packed.sha256 = crypto::to_hex(sha256.finish());
  packed.md5 = crypto::to_base64(md5.finish());
  return packed;
}

}  // namespace edgeherd::logs
