// Any bytes as an answer of EC2, Route 53 or of the metadata service: refused as broken, or read
// with an id for each item, and none in a form that could not be asked for again.
#include "common/aws/credential_source.h"
#include "coordinator/dns/route53/record_sets.h"
#include "coordinator/providers/aws/answers.h"
#include "coordinator/providers/aws/requests.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const aws::Address address = aws::Address::public_address;
  if (const auto page = aws::parse_instances(text, address); page.ok()) {
    for (const auto& one : page->items) require(aws::is_instance_id(one.vm.id.str()));
  }
  if (const auto made = aws::parse_run(text, address); made.ok()) {
    require(aws::is_instance_id(made->vm.id.str()));
  }
  (void)aws::parse_termination(text, VmId("i-0123abcd")).ok();
  (void)aws::parse_reboot(text).ok();
  (void)aws::parse_start(text, VmId("i-0123abcd")).ok();
  if (const auto copy = aws::parse_copy(text); copy.ok()) require(!copy->empty());
  if (const auto page = aws::parse_images(text, "eu-west-2"); page.ok()) {
    for (const auto& one : page->items) require(!one.image.id.empty() && !one.original.empty());
  }
  const aws::Refusal refusal = aws::parse_refusal(400, text);
  require(refusal.error.message.find('\n') == std::string::npos);
  if (const auto page = dns::parse_record_page(text); page.ok()) {
    for (const auto& set : page->sets) require(!set.name.empty());
  }
  if (const auto change = dns::parse_change(text)) require(!change->id.empty());
  require(dns::parse_route53_error(400, text).message.find('\n') == std::string::npos);
  if (const auto role = aws::parse_role_credentials(text); role.ok()) {
    require(!role->credentials.secret_access_key.empty());
  }
  return 0;
}
