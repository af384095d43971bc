// EC2's error codes, sorted by what may be done about them.
#include <pugixml.hpp>

#include "common/aws/common_errors.h"
#include "common/core/text.h"
#include "common/http/message.h"
#include "coordinator/providers/aws/answers.h"

namespace edgeherd::aws {

namespace {

constexpr std::size_t longest_quote = 300;

constexpr Meaning meanings[] = {
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
    {"PendingVerification", Errc::refused},
    {"OperationNotPermitted", Errc::refused},
    {"DryRunOperation", Errc::refused},
    {"IdempotentParameterMismatch", Errc::conflict},
    {"IdempotentInstanceTerminated", Errc::conflict},
    {"IncorrectInstanceState", Errc::conflict},
    {"IncorrectState", Errc::conflict},
    {"InvalidInstanceID.Malformed", Errc::not_found},
    {"Unavailable", Errc::unavailable},
};

Errc sort(std::string_view code, int status) {
  if (const auto known = meaning_of(meanings, code)) return *known;
  if (code.ends_with(".NotFound")) return Errc::not_found;  // InvalidAMIID.NotFound, ...
  if (!code.empty() && status >= 400 && status < 500) return Errc::invalid;
  return error_of_status(status);
}

}  // namespace

Refusal parse_refusal(int status, std::string_view xml) {
  Refusal refusal;
  std::string message = "EC2 answered " + std::to_string(status);
  pugi::xml_document document;
  if (document.load_buffer(xml.data(), xml.size(), pugi::parse_default)) {
    // <Response><Errors><Error>; what stands before EC2 may use another name for the outermost.
    const auto error = document.document_element().child("Errors").child("Error");
    refusal.code = quoted_words(error.child_value("Code"), longest_quote);
    const std::string text = quoted_words(error.child_value("Message"), longest_quote);
    if (!refusal.code.empty()) message += " " + refusal.code;
    if (!refusal.code.empty() && !text.empty()) message += ": " + text;
  }
  if (refusal.code.empty()) message += " " + std::string(http::reason_phrase(status));
  refusal.error = fail(sort(refusal.code, status), std::move(message));
  return refusal;
}

}  // namespace edgeherd::aws
