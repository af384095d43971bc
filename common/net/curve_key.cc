#include "common/net/curve_key.h"

#include <array>
#include <cstdint>
#include <vector>

#include <zmq.h>

#include "common/net/socket.h"

namespace edgeherd::net {

namespace {

constexpr std::size_t key_text = 40;
constexpr std::size_t file_limit = 4096;
constexpr std::string_view head = "edgeherd-curve-key 1";

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace

bool is_curve_key(std::string_view text) {
  if (text.size() != key_text) return false;
  std::array<std::uint8_t, 32> raw{};
  if (zmq_z85_decode(raw.data(), std::string(text).c_str()) == nullptr) return false;
  // libzmq forgives characters outside the alphabet in some releases; writing it back does not.
  std::array<char, key_text + 1> back{};
  return zmq_z85_encode(back.data(), raw.data(), raw.size()) != nullptr && text == back.data();
}

Result<CurveKeyPair> make_key_pair() {
  std::array<char, key_text + 1> public_key{};
  std::array<char, key_text + 1> secret_key{};
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
    return zmq_failure(Errc::unavailable, "making a CURVE key pair");
  }
  return CurveKeyPair{public_key.data(), secret_key.data()};
}

Status store_key_pair(FileSystem& files, const std::string& path, const CurveKeyPair& pair,
                      std::string_view machine) {
  if (machine.find('\n') != std::string_view::npos) {
    return fail(Errc::invalid, "a machine id with a line break");
  }
  std::string text(head);
  text.append("\npublic ").append(pair.public_key);
  text.append("\nsecret ").append(pair.secret_key);
  text.append("\nmachine ").append(machine).append("\n");
  auto done = files.write_whole(path, text);
  if (!done.ok()) return done.error().within("storing the key pair in " + path);
  return {};
}

Result<StoredKeyPair> load_key_pair(FileSystem& files, const std::string& path) {
  const auto text = files.read_whole(path, file_limit);
  if (!text.ok()) return text.error().within("reading the key pair in " + path);
  const auto lines = lines_of(*text);
  const auto broken = [&path](const char* what) {
    return fail(Errc::broken, "key pair in " + path + ": " + what);
  };
  if (lines.size() != 4 || lines[0] != head) return broken("not a key file");
  if (!lines[1].starts_with("public ") || !lines[2].starts_with("secret ") ||
      !lines[3].starts_with("machine ")) {
    return broken("not a key file");
  }
  StoredKeyPair stored{{std::string(lines[1].substr(7)), std::string(lines[2].substr(7))},
                       std::string(lines[3].substr(8))};
  if (!is_curve_key(stored.pair.public_key) || !is_curve_key(stored.pair.secret_key)) {
    return broken("not a Z85 key");
  }
  std::array<char, key_text + 1> derived{};
  if (zmq_curve_public(derived.data(), stored.pair.secret_key.c_str()) != 0 ||
      stored.pair.public_key != derived.data()) {
    return broken("the public key does not belong to the secret one");
  }
  return stored;
}

Result<CurveKeyPair> load_or_make_key_pair(FileSystem& files, const std::string& path,
                                           std::string_view machine) {
  auto stored = load_key_pair(files, path);
  if (stored.ok() && (machine.empty() || stored->machine.empty() || stored->machine == machine)) {
    return stored->pair;
  }
  if (!stored.ok() && stored.error().code != Errc::not_found) return stored.error();
  auto pair = make_key_pair();
  if (!pair.ok()) return pair;
  if (auto done = store_key_pair(files, path, *pair, machine); !done.ok()) return done.error();
  return pair;
}

}  // namespace edgeherd::net
