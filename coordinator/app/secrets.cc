#include "coordinator/app/secrets.h"

#include <array>
#include <cstdint>

#include "common/crypto/digest.h"

namespace edgeherd::app {

namespace {
constexpr std::size_t secret_bytes = 32;
}

Result<std::string> load_or_make_secret(FileSystem& files, Random& random,
                                        const std::string& path) {
  const Result<std::string> stored = files.read_whole(path, 2 * secret_bytes + 2);
  if (stored) {
    std::string hex = *stored;
    while (!hex.empty() && (hex.back() == '\n' || hex.back() == '\r')) hex.pop_back();
    if (hex.size() != 2 * secret_bytes || !crypto::from_hex(hex)) {
      return fail(Errc::broken, path +
                                    " does not hold a key of 64 hex digits; restore it from the "
                                    "backup, or move it away to have a new one made");
    }
    return hex;
  }
  if (stored.error().code != Errc::not_found) return stored.error();
  std::array<std::uint8_t, secret_bytes> bytes{};
  random.fill(bytes);
  const std::string hex =
      crypto::to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (auto written = files.write_whole(path, hex + "\n"); !written) return written.error();
  return hex;
}

}  // namespace edgeherd::app
