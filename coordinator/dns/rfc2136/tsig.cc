#include "coordinator/dns/rfc2136/tsig.h"

#include <array>
#include <cstdlib>

#include "common/crypto/digest.h"
#include "coordinator/dns/rfc2136/byte_reader.h"

namespace edgeherd::dns {

namespace {

// Errors of RFC 8945, in the TSIG record.
constexpr std::uint16_t bad_signature = 16;
constexpr std::uint16_t bad_key = 17;
constexpr std::uint16_t bad_time = 18;
constexpr std::size_t count_of_additional_at = 10;  // in the header

std::uint64_t unix_seconds(WallTime now) {
  return static_cast<std::uint64_t>(unix_millis(now) / 1000);
}

std::string mac_of(const TsigKey& key, std::string_view bytes) {
  switch (key.algorithm) {
    case TsigAlgorithm::hmac_sha384:
      return crypto::hmac_sha384(key.secret, bytes);
    case TsigAlgorithm::hmac_sha512:
      return crypto::hmac_sha512(key.secret, bytes);
    case TsigAlgorithm::hmac_sha256:
      break;
  }
  return crypto::hmac_sha256(key.secret, bytes);
}

// What a TSIG record says.
struct Tsig {
  std::uint64_t signed_at_s = 0;
  std::uint16_t fudge_s = 0;
  std::string_view mac;
  std::uint16_t original_id = 0;
  std::uint16_t error = 0;
  std::string_view other;
};

bool read_tsig(std::string_view data, std::string& algorithm, Tsig& tsig) {
  ByteReader reader(data);
  auto name = reader.name();
  std::uint16_t length = 0;
  if (!name) return false;
  algorithm = std::move(*name);
  return reader.u48(tsig.signed_at_s) && reader.u16(tsig.fudge_s) && reader.u16(length) &&
         reader.bytes(length, tsig.mac) && reader.u16(tsig.original_id) && reader.u16(tsig.error) &&
         reader.u16(length) && reader.bytes(length, tsig.other) && reader.at_end();
}

// The fields that are signed along with the message.
std::string variables(const TsigKey& key, const Tsig& tsig) {
  std::string bytes = name_bytes(key.name);
  put_u16(bytes, static_cast<std::uint16_t>(RecordClass::any));
  put_u32(bytes, 0);  // TTL
  bytes += name_bytes(to_string(key.algorithm));
  put_u48(bytes, tsig.signed_at_s);
  put_u16(bytes, tsig.fudge_s);
  put_u16(bytes, tsig.error);
  put_u16(bytes, static_cast<std::uint16_t>(tsig.other.size()));
  bytes += tsig.other;
  return bytes;
}

std::uint16_t additional_count(std::string_view message) {
  return static_cast<std::uint16_t>(
      static_cast<unsigned char>(message[count_of_additional_at]) << 8 |
      static_cast<unsigned char>(message[count_of_additional_at + 1]));
}

void set_additional_count(std::string& message, std::uint16_t count) {
  message[count_of_additional_at] = static_cast<char>(count >> 8);
  message[count_of_additional_at + 1] = static_cast<char>(count & 0xff);
}

// Why the server did not accept our signature.
Error rejected(const TsigKey& key, const Tsig& tsig) {
  const std::string ours =
      "the key \"" + key.name + "\" (" + std::string(to_string(key.algorithm)) + ")";
  switch (tsig.error) {
    case bad_signature:
      return fail(Errc::refused, ours + ": BADSIG: the server has another secret for it");
    case bad_key:
      return fail(Errc::refused, ours + ": BADKEY: the server does not know it");
    case bad_time: {
      ByteReader reader(tsig.other);
      std::uint64_t theirs = 0;
      const bool told = reader.u48(theirs);
      return fail(Errc::refused, ours + ": BADTIME: the clocks are too far apart" +
                                     (told ? ", the server's says " + std::to_string(theirs) +
                                                 ", ours said " + std::to_string(tsig.signed_at_s)
                                           : std::string()));
    }
    default:
      return fail(Errc::refused, ours + ": TSIG error " + std::to_string(tsig.error));
  }
}

}  // namespace

std::string_view to_string(TsigAlgorithm algorithm) {
  static constexpr std::array<std::string_view, 3> names = {"hmac-sha256", "hmac-sha384",
                                                            "hmac-sha512"};
  return names[static_cast<std::size_t>(algorithm)];
}

Signed sign(std::string_view message, const TsigKey& key, WallTime now) {
  Tsig tsig;
  tsig.signed_at_s = unix_seconds(now);
  tsig.fudge_s = tsig_fudge_s;
  Signed result;
  result.mac = mac_of(key, std::string(message) + variables(key, tsig));

  std::string data = name_bytes(to_string(key.algorithm));
  put_u48(data, tsig.signed_at_s);
  put_u16(data, tsig.fudge_s);
  put_u16(data, static_cast<std::uint16_t>(result.mac.size()));
  data += result.mac;
  data += message.substr(0, 2);  // the original id
  put_u16(data, 0);              // error
  put_u16(data, 0);              // other data

  std::string& bytes = result.bytes;
  bytes = message;
  set_additional_count(bytes, static_cast<std::uint16_t>(additional_count(message) + 1));
  bytes += name_bytes(key.name);
  put_u16(bytes, static_cast<std::uint16_t>(RecordType::tsig));
  put_u16(bytes, static_cast<std::uint16_t>(RecordClass::any));
  put_u32(bytes, 0);
  put_u16(bytes, static_cast<std::uint16_t>(data.size()));
  bytes += data;
  return result;
}

Status verify(std::string_view reply, const DnsMessage& message, const TsigKey& key,
              std::string_view request_mac, WallTime now) {
  const bool has_one =
      !message.additional.empty() && message.additional.back().type == RecordType::tsig;
  if (!has_one) {
    return fail(Errc::refused, "the answer " + to_string(message.rcode) +
                                   " is not signed: the server does not take the key \"" +
                                   key.name + "\" here");
  }
  const Record& record = message.additional.back();
  std::string algorithm;
  Tsig tsig;
  if (!read_tsig(record.data, algorithm, tsig)) return fail(Errc::broken, "a broken TSIG record");
  // An answer with one of these errors is not signed: it is only believed in as a refusal.
  if (tsig.error == bad_signature || tsig.error == bad_key) return rejected(key, tsig);
  std::string canonical(to_string(key.algorithm));
  if (name_bytes(key.name) != name_bytes(record.name) || algorithm != canonical) {
    return fail(Errc::broken, "the answer is signed with another key, \"" + record.name + "\" (" +
                                  algorithm + ")");
  }
  std::string bytes;
  put_u16(bytes, static_cast<std::uint16_t>(request_mac.size()));
  bytes += request_mac;
  std::string unsigned_reply(reply.substr(0, message.last_record_at));
  unsigned_reply[0] = static_cast<char>(tsig.original_id >> 8);
  unsigned_reply[1] = static_cast<char>(tsig.original_id & 0xff);
  set_additional_count(unsigned_reply, static_cast<std::uint16_t>(additional_count(reply) - 1));
  bytes += unsigned_reply + variables(key, tsig);
  if (!crypto::constant_time_equal(mac_of(key, bytes), tsig.mac)) {
    return fail(Errc::broken, "the answer's signature is wrong");
  }
  if (tsig.error != 0) return rejected(key, tsig);
  const auto ours = static_cast<std::int64_t>(unix_seconds(now));
  const auto theirs = static_cast<std::int64_t>(tsig.signed_at_s);
  if (std::abs(ours - theirs) > tsig.fudge_s) {
    return fail(Errc::broken, "the answer was signed " + std::to_string(std::abs(ours - theirs)) +
                                  " s away from our time");
  }
  return {};
}

}  // namespace edgeherd::dns
