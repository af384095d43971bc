#include "agent/logs/tail_position.h"

#include <charconv>
#include <cinttypes>
#include <cstdio>

namespace edgeherd::logs {

namespace {

constexpr std::string_view magic = "tail 2 ";
constexpr std::size_t most_bytes = 256;

// Takes " <number>" from the front of `text`.
bool take_number(std::string_view& text, int base, std::uint64_t& number) {
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return true;
}

std::string render(const TailPosition& position) {
  char text[most_bytes];
  const int length = std::snprintf(
      text, sizeof text, "tail 2 %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIx64 " %" PRIu64,
      position.inode, position.offset, position.head_bytes, position.head_hash, position.lines);
  return {text, static_cast<std::size_t>(length)};
}

}  // namespace

std::uint64_t head_hash(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : bytes) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x100000001b3;
  }
  return hash;
}

std::optional<TailPosition> load_tail_position(FileSystem& files, const std::string& path) {
  if (path.empty()) return std::nullopt;
  const auto bytes = files.read_whole(path, most_bytes);
  if (!bytes || !bytes->starts_with(magic)) return std::nullopt;
  std::string_view rest = std::string_view(*bytes).substr(magic.size());
  TailPosition position;
  std::uint64_t check = 0;
  const bool whole =
      take_number(rest, 10, position.inode) && take_number(rest, 10, position.offset) &&
      take_number(rest, 10, position.head_bytes) && take_number(rest, 16, position.head_hash) &&
      take_number(rest, 10, position.lines) && take_number(rest, 16, check);
  if (!whole || check != head_hash(render(position))) return std::nullopt;
  return position;
}

Status save_tail_position(FileSystem& files, const std::string& path,
                          const TailPosition& position) {
  const std::string temporary = path + ".new";
  if (auto old = files.remove(temporary); !old && old.error().code != Errc::not_found) return old;
  auto file = files.open(temporary, OpenMode::create_new);
  if (!file) return file.error();
  const std::string text = render(position);
  char check[20];
  const int length = std::snprintf(check, sizeof check, " %" PRIx64 "\n", head_hash(text));
  if (auto put = (*file)->append(text + std::string(check, static_cast<std::size_t>(length)));
      !put) {
    return put;
  }
  return files.rename(temporary, path);
}

}  // namespace edgeherd::logs
