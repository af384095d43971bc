// Any bytes as an answer of Digital Ocean's API: refused, or read with an id for each droplet, and
// with a next page of the very list that was asked for.
#include "coordinator/dns/digitalocean/records.h"
#include "coordinator/providers/digitalocean/answer.h"
#include "coordinator/providers/digitalocean/order.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto page = digitalocean::parse_droplets(text, "/v2/droplets"); page.ok()) {
    for (const auto& vm : page->items) require(!vm.id.empty());
    require(page->next.empty() || page->next.starts_with("/v2/droplets?"));
  }
  if (const auto made = digitalocean::parse_droplet(text); made.ok()) require(!made->id.empty());
  (void)digitalocean::parse_images(text, "/v2/images").ok();
  (void)digitalocean::parse_image(text).ok();
  (void)digitalocean::parse_image_actions(text, "/v2/images/1/actions").ok();
  if (const auto action = digitalocean::parse_action(text); action.ok()) {
    require(!action->id.empty());
  }
  (void)digitalocean::message_of(text);
  if (const auto page = dns::parse_records(text, "example.org"); page.ok()) {
    for (const auto& record : page->items) require(record.name.ends_with("example.org"));
  }
  return 0;
}
