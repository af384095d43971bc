#include "common/crypto/digest.h"

#include <cassert>
#include <climits>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace edgeherd::crypto {

namespace {

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

const EVP_MD* method(DigestKind kind) {
  return kind == DigestKind::sha256 ? EVP_sha256() : EVP_md5();
}

std::string digest_of(DigestKind kind, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  const int done = EVP_Digest(bytes.data(), bytes.size(), out, &length, method(kind), nullptr);
  assert(done == 1);
  return {reinterpret_cast<const char*>(out), length};
}

std::string hmac_of(const EVP_MD* method, std::string_view key, std::string_view bytes) {
  assert(key.size() <= INT_MAX);
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  const auto* done = HMAC(method, key.data(), static_cast<int>(key.size()), raw(bytes),
                          bytes.size(), out, &length);
  assert(done != nullptr);
  return {reinterpret_cast<const char*>(out), length};
}

// The value of a hex digit, or -1.
int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  return digest_of(DigestKind::sha256, bytes);
}

std::string md5(std::string_view bytes) {
  return digest_of(DigestKind::md5, bytes);
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  return hmac_of(EVP_sha256(), key, bytes);
}

std::string hmac_sha384(std::string_view key, std::string_view bytes) {
  return hmac_of(EVP_sha384(), key, bytes);
}

std::string hmac_sha512(std::string_view key, std::string_view bytes) {
  return hmac_of(EVP_sha512(), key, bytes);
}

std::string to_hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15]);
  }
  return text;
}

Result<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(Errc::invalid, "hex text of an odd length");
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) {
      return fail(Errc::invalid,
                  "no hex digit at position " + std::to_string(high < 0 ? i : i + 1));
    }
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

bool is_sha256_hex(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string to_base64(std::string_view bytes) {
  assert(bytes.size() <= INT_MAX / 2);
  // EVP_EncodeBlock writes a closing zero as well.
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), raw(bytes),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

Result<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0 || text.size() > INT_MAX) {
    return fail(Errc::invalid, "base64 text whose length is not a multiple of four");
  }
  if (text.empty()) return std::string();
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), raw(text),
                                     static_cast<int>(text.size()));
  if (length < 0) return fail(Errc::invalid, "text that is not base64");
  std::size_t padding = 0;
  if (text.ends_with("==")) {
    padding = 2;
  } else if (text.ends_with('=')) {
    padding = 1;
  }
  bytes.resize(static_cast<std::size_t>(length) - padding);
  // EVP_DecodeBlock forgives white space, stray padding and left-over bits; writing it back does
  // not.
  if (to_base64(bytes) != text) return fail(Errc::invalid, "text that is not canonical base64");
  return bytes;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

struct Digest::State {
  DigestKind kind;
  EVP_MD_CTX* context = EVP_MD_CTX_new();

  explicit State(DigestKind chosen) : kind(chosen) { start(); }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void start() {
    const int done = EVP_DigestInit_ex(context, method(kind), nullptr);
    assert(done == 1);
  }
};

Digest::Digest(DigestKind kind) : state_(std::make_unique<State>(kind)) {}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::update(std::string_view bytes) {
  const int done = EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
  assert(done == 1);
}

std::string Digest::finish() {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  const int done = EVP_DigestFinal_ex(state_->context, out, &length);
  assert(done == 1);
  state_->start();
  return {reinterpret_cast<const char*>(out), length};
}

}  // namespace edgeherd::crypto
