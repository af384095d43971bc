#include "common/archive/gunzip.h"

#include <algorithm>
#include <array>
#include <limits>

#include <zlib.h>

namespace edgeherd::archive {

namespace {

constexpr int gzip_only = 15 + 16;  // the largest window, gzip header and trailer

class Inflater {
 public:
  Inflater() { ready_ = inflateInit2(&stream_, gzip_only) == Z_OK; }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

}  // namespace

Result<RawCount> count_gzip(std::string_view gzip) {
  if (gzip.empty()) return fail(Errc::broken, "the object is empty");
  if (gzip.size() > std::numeric_limits<uInt>::max()) {
    return fail(Errc::exhausted, "the object is larger than zlib takes at once");
  }
  Inflater inflater;
  if (!inflater.ready()) return fail(Errc::exhausted, "no memory to unpack");
  z_stream& stream = inflater.stream();
  // zlib's interface is older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());

  RawCount count;
  char last = '\n';
  std::array<char, 64 * 1024> out;
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int status = inflate(&stream, Z_NO_FLUSH);
    const std::size_t made = out.size() - stream.avail_out;
    count.bytes += made;
    count.lines += static_cast<std::uint64_t>(std::count(out.begin(), out.begin() + made, '\n'));
    if (made > 0) last = out[made - 1];
    if (count.bytes > max_raw_bytes) return fail(Errc::exhausted, "it unpacks to too much");
    if (status == Z_STREAM_END) {
      if (stream.avail_in == 0) break;
      if (inflateReset(&stream) != Z_OK) return fail(Errc::broken, "not gzip");
    } else if (status == Z_BUF_ERROR || (status == Z_OK && made == 0 && stream.avail_in == 0)) {
      return fail(Errc::broken, "the gzip data ends early");
    } else if (status != Z_OK) {
      return fail(Errc::broken, std::string("not gzip: ") + (stream.msg ? stream.msg : "unknown"));
    }
  }
  if (last != '\n') ++count.lines;
  return count;
}

}  // namespace edgeherd::archive
