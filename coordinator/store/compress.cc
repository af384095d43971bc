#include "coordinator/store/compress.h"

#include <zlib.h>

namespace edgeherd::store {

std::string compressed(std::string_view bytes) {
  uLongf length = compressBound(static_cast<uLong>(bytes.size()));
  std::string stream(length, '\0');
  // Cannot fail: there is room, and the level is a valid one.
  compress2(reinterpret_cast<Bytef*>(stream.data()), &length,
            reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()),
            Z_DEFAULT_COMPRESSION);
  stream.resize(length);
  return stream;
}

Result<std::string> expanded(std::string_view stream, std::size_t length) {
  std::string bytes(length, '\0');
  uLongf got = static_cast<uLongf>(length);
  const int code =
      uncompress(reinterpret_cast<Bytef*>(bytes.data()), &got,
                 reinterpret_cast<const Bytef*>(stream.data()), static_cast<uLong>(stream.size()));
  if (code != Z_OK || got != length) return fail(Errc::broken, "its compressed bytes are damaged");
  return bytes;
}

}  // namespace edgeherd::store
