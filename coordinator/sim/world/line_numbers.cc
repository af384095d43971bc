#include "coordinator/sim/world/line_numbers.h"

#include <array>
#include <charconv>
#include <string>

#include <zlib.h>

namespace edgeherd::sim {

namespace {

std::string gunzip(std::string_view bytes) {
  z_stream stream{};
  std::string text;
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return text;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::array<char, 16384> out{};
  int state = Z_OK;
  while (state == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    state = inflate(&stream, Z_NO_FLUSH);
    text.append(out.data(), out.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  return text;
}

}  // namespace

std::uint64_t collect_line_numbers(std::string_view bytes, std::set<std::uint64_t>& into) {
  const bool zipped = bytes.size() > 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
  const std::string unzipped = zipped ? gunzip(bytes) : std::string();
  const std::string_view text = zipped ? std::string_view(unzipped) : bytes;
  std::uint64_t known = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) break;
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data() + at, text.data() + end, number);
    if (error == std::errc() && stop == text.data() + end && !into.insert(number).second) ++known;
    at = end + 1;
  }
  return known;
}

}  // namespace edgeherd::sim
