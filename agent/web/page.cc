#include "agent/web/page.h"

#include <utility>

#include "agent/web/render.h"
#include "common/crypto/digest.h"

namespace edgeherd::agent {
namespace {

constexpr Duration ages_stay_right_for = 100ms;

// Exactly our script may run, styles are inline, and the script may ask this server.
std::string security_policy() {
  const auto hash = crypto::to_base64(crypto::sha256(page_script()));
  return "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + hash +
         "'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

http::Response with_type(std::string_view type, std::string body) {
  http::Response response;
  response.headers = {{"Content-Type", std::string(type)}, {"Cache-Control", "no-store"}};
  response.body = std::move(body);
  return response;
}

}  // namespace

Page::Page(const NodeViewSource& source, const Clock& clock, std::string token)
    : source_(source),
      clock_(clock),
      token_(std::move(token)),
      security_policy_(security_policy()) {}

bool Page::admitted(const http::Request& request) const {
  if (token_.empty()) return true;
  constexpr std::string_view bearer = "Bearer ";
  constexpr std::string_view basic = "Basic ";
  const auto credentials = http::header(request.headers, "Authorization");
  if (credentials.starts_with(bearer)) {
    return crypto::constant_time_equal(credentials.substr(bearer.size()), token_);
  }
  if (!credentials.starts_with(basic)) return false;
  const auto pair = crypto::from_base64(credentials.substr(basic.size()));
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return false;
  return crypto::constant_time_equal(std::string_view(*pair).substr(colon + 1), token_);
}

const std::string& Page::body(Kind kind) {
  auto& cached = kind == Kind::people ? people_ : kind == Kind::status ? status_ : metrics_;
  const auto revision = source_.revision();
  const auto now = clock_.mono();
  const bool aged = kind != Kind::metrics && now - cached.at > ages_stay_right_for;
  if (cached.revision == revision && !aged) return cached.body;
  cached.revision = revision;
  cached.at = now;
  cached.body.clear();
  const auto& view = source_.view();
  if (kind == Kind::people) {
    render_page(view, now, cached.body);
  } else if (kind == Kind::status) {
    render_status_json(view, now, cached.body);
  } else {
    render_prometheus(view, cached.body);
  }
  return cached.body;
}

http::Response Page::readiness() const {
  const auto& view = source_.view();
  std::string reasons;
  render_readiness(view, reasons);
  return http::text_response(view.ready() ? 200 : 503, std::move(reasons));
}

http::Response Page::answer(const http::Request& request) {
  if (!admitted(request)) {
    auto refusal = http::text_response(401, "a token is needed\n");
    refusal.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"edgeherd-agent\"");
    refusal.headers.emplace_back("WWW-Authenticate", "Basic realm=\"edgeherd-agent\"");
    return refusal;
  }
  const auto& path = request.path;
  const bool known = path == "/" || path == "/status.json" || path == "/metrics" ||
                     path == "/livez" || path == "/readyz";
  if (!known) return http::text_response(404, "there is no such page\n");
  if (request.method != "GET" && request.method != "HEAD") {
    auto refusal = http::text_response(405, "GET and HEAD only\n");
    refusal.headers.emplace_back("Allow", "GET, HEAD");
    return refusal;
  }
  if (path == "/livez") return http::text_response(200, "alive\n");
  if (path == "/readyz") return readiness();
  if (path == "/metrics") {
    return with_type("text/plain; version=0.0.4; charset=utf-8", body(Kind::metrics));
  }
  if (path == "/status.json") return with_type("application/json", body(Kind::status));
  auto page = with_type("text/html; charset=utf-8", body(Kind::people));
  page.headers.emplace_back("Content-Security-Policy", security_policy_);
  page.headers.emplace_back("X-Content-Type-Options", "nosniff");
  page.headers.emplace_back("Referrer-Policy", "no-referrer");
  return page;
}

}  // namespace edgeherd::agent
