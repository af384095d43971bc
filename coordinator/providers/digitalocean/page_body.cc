#include "coordinator/providers/digitalocean/page_body.h"

#include "common/http/url.h"

namespace edgeherd::digitalocean {

namespace json = boost::json;

Result<json::object> object_in(std::string_view body) {
  boost::system::error_code failed;
  json::parse_options options;
  options.max_depth = 32;
  json::value value = json::parse(json::string_view(body.data(), body.size()), failed, {}, options);
  if (failed) return fail(Errc::broken, "the answer is no JSON: " + failed.message());
  if (!value.is_object()) return fail(Errc::broken, "the answer is no JSON object");
  return std::move(value.get_object());
}

Result<std::uint64_t> total_in(Fields& answer) {
  const json::object* meta = answer.object("meta");
  if (meta == nullptr) return answer.status().error();
  Fields fields(*meta, "meta");
  const std::uint64_t total = fields.count("total");
  if (auto good = fields.status(); !good) return good.error();
  return total;
}

Result<std::string> next_in(Fields& answer, std::string_view path) {
  const json::object* links = answer.optional_object("links");
  if (auto good = answer.status(); !good) return good.error();
  if (links == nullptr) return std::string();
  Fields fields(*links, "links");
  const json::object* pages = fields.optional_object("pages");
  if (auto good = fields.status(); !good) return good.error();
  if (pages == nullptr) return std::string();
  Fields page(*pages, "links.pages");
  const std::string next = page.optional_text("next");
  if (auto good = page.status(); !good) return good.error();
  if (next.empty()) return next;
  const auto url = http::parse_url(next);
  if (!url) return fail(Errc::broken, "links.pages.next: " + url.error().message);
  if (!url->target.starts_with(std::string(path) + "?")) {
    return fail(Errc::broken, "links.pages.next: \"" + url->without_secrets() + "\" is not of " +
                                  std::string(path));
  }
  return url->target;
}

}  // namespace edgeherd::digitalocean
