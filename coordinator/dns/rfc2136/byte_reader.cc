#include "coordinator/dns/rfc2136/byte_reader.h"

namespace edgeherd::dns {

namespace {

void put_label(std::string& name, std::string_view label) {
  if (!name.empty()) name += '.';
  for (const char c : label) {
    const auto byte = static_cast<unsigned char>(c);
    if (c >= 'A' && c <= 'Z') {
      name += static_cast<char>(c - 'A' + 'a');
    } else if (byte > ' ' && byte < 0x7f && c != '.' && c != '\\') {
      name += c;
    } else {
      name += '\\';
      name += static_cast<char>('0' + byte / 100);
      name += static_cast<char>('0' + byte / 10 % 10);
      name += static_cast<char>('0' + byte % 10);
    }
  }
}

}  // namespace

bool ByteReader::bytes(std::size_t count, std::string_view& value) {
  if (message_.size() - at_ < count) return false;
  value = message_.substr(at_, count);
  at_ += count;
  return true;
}

Result<std::string> ByteReader::name() {
  const auto broken = [](const char* what) { return fail(Errc::broken, what); };
  std::string name;
  std::size_t at = at_;
  std::size_t wire_bytes = 0;
  bool jumped = false;
  // A pointer must lead to before the piece that it ends: so there is an end to it.
  std::size_t piece = at_;
  while (true) {
    if (at >= message_.size()) return broken("a name is cut short");
    const auto length = static_cast<unsigned char>(message_[at++]);
    if (length == 0) break;
    if ((length & 0xc0) == 0xc0) {
      if (at >= message_.size()) return broken("a name is cut short");
      const auto low = static_cast<unsigned char>(message_[at++]);
      const std::size_t to = (length & 0x3fu) << 8 | low;
      if (to >= piece) return broken("a name points forward");
      if (!jumped) at_ = at;
      jumped = true;
      at = piece = to;
      continue;
    }
    if (length > 63) return broken("a name with a label of an unknown kind");
    if (message_.size() - at < length) return broken("a name is cut short");
    wire_bytes += length + 1u;
    if (wire_bytes > 254) return broken("a name longer than 255 bytes");
    put_label(name, message_.substr(at, length));
    at += length;
  }
  if (!jumped) at_ = at;
  return name;
}

}  // namespace edgeherd::dns
