// EC2's error codes, sorted by what may be done about them.
#include <algorithm>

#include <pugixml.hpp>

#include "common/http/message.h"
#include "coordinator/providers/aws/answers.h"

namespace edgeherd::aws {

namespace {

constexpr std::size_t longest_quote = 300;

struct Meaning {
  std::string_view code;
  Errc errc;
};

constexpr Meaning meanings[] = {
    {"RequestLimitExceeded", Errc::throttled},
    {"Throttling", Errc::throttled},
    {"ThrottlingException", Errc::throttled},
    {"RequestThrottled", Errc::throttled},
    {"ResourceCountLimitExceeded", Errc::throttled},
    // Capacity and quotas alike: another size or place may have it, the same one not soon.
    {"InsufficientInstanceCapacity", Errc::out_of_stock},
    {"InsufficientCapacity", Errc::out_of_stock},
    {"InsufficientHostCapacity", Errc::out_of_stock},
    {"InsufficientReservedInstanceCapacity", Errc::out_of_stock},
    {"InsufficientVolumeCapacity", Errc::out_of_stock},
    {"InsufficientAddressCapacity", Errc::out_of_stock},
    {"InsufficientFreeAddressesInSubnet", Errc::out_of_stock},
    {"InstanceLimitExceeded", Errc::out_of_stock},
    {"VcpuLimitExceeded", Errc::out_of_stock},
    {"VolumeLimitExceeded", Errc::out_of_stock},
    {"AddressLimitExceeded", Errc::out_of_stock},
    {"PrivateIpAddressLimitExceeded", Errc::out_of_stock},
    {"MaxSpotInstanceCountExceeded", Errc::out_of_stock},
    {"Unsupported", Errc::out_of_stock},  // "the type is not supported in the zone"
    {"AuthFailure", Errc::refused},
    {"UnauthorizedOperation", Errc::refused},
    {"Blocked", Errc::refused},
    {"OptInRequired", Errc::refused},
    {"PendingVerification", Errc::refused},
    {"OperationNotPermitted", Errc::refused},
    {"SignatureDoesNotMatch", Errc::refused},
    {"InvalidClientTokenId", Errc::refused},
    {"IncompleteSignature", Errc::refused},
    {"MissingAuthenticationToken", Errc::refused},
    {"RequestExpired", Errc::refused},
    {"ExpiredToken", Errc::refused},
    {"DryRunOperation", Errc::refused},
    {"IdempotentParameterMismatch", Errc::conflict},
    {"IdempotentInstanceTerminated", Errc::conflict},
    {"IncorrectInstanceState", Errc::conflict},
    {"IncorrectState", Errc::conflict},
    {"InvalidInstanceID.Malformed", Errc::not_found},
    {"InternalError", Errc::unavailable},
    {"InternalFailure", Errc::unavailable},
    {"ServiceUnavailable", Errc::unavailable},
    {"Unavailable", Errc::unavailable},
    {"RequestTimeout", Errc::timeout},
};

Errc sort(std::string_view code, int status) {
  for (const Meaning& known : meanings) {
    if (known.code == code) return known.errc;
  }
  if (code.ends_with(".NotFound")) return Errc::not_found;  // InvalidAMIID.NotFound, ...
  if (!code.empty() && status >= 400 && status < 500) return Errc::invalid;
  // Without a code it may be anybody between who speaks: a 404 of his is not EC2's word that
  // nothing is there.
  if (status == 401 || status == 403) return Errc::refused;
  if (status == 429) return Errc::throttled;
  return status >= 500 ? Errc::unavailable : Errc::broken;
}

std::string printable(std::string_view text) {
  std::string out(text.substr(0, longest_quote));
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = ' ';
  }
  return text.size() > longest_quote ? out + "..." : out;
}

}  // namespace

Refusal parse_refusal(int status, std::string_view xml) {
  Refusal refusal;
  std::string message = "EC2 answered " + std::to_string(status);
  pugi::xml_document document;
  if (document.load_buffer(xml.data(), xml.size(), pugi::parse_default)) {
    // <Response><Errors><Error>; what stands before EC2 may use another name for the outermost.
    const auto error = document.document_element().child("Errors").child("Error");
    refusal.code = printable(error.child_value("Code"));
    const std::string text = printable(error.child_value("Message"));
    if (!refusal.code.empty()) message += " " + refusal.code;
    if (!refusal.code.empty() && !text.empty()) message += ": " + text;
  }
  if (refusal.code.empty()) message += " " + std::string(http::reason_phrase(status));
  refusal.error = fail(sort(refusal.code, status), std::move(message));
  return refusal;
}

}  // namespace edgeherd::aws
