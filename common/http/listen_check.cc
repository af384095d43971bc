#include "common/http/listen_check.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>

namespace edgeherd::http {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;

namespace {

// Puts both into a context of nobody's, as a server would; `key` may be empty.
Status try_out(std::string_view chain, std::string_view key) try {
  ssl::context context(ssl::context::tls_server);
  // Without it OpenSSL would ask the terminal.
  context.set_password_callback(
      [](std::size_t, ssl::context::password_purpose) { return std::string(); });
  error_code failed;
  context.use_certificate_chain(asio::buffer(chain), failed);
  if (failed) return fail(Errc::invalid, "not a PEM certificate: " + failed.message());
  if (key.empty()) return {};
  context.use_private_key(asio::buffer(key), ssl::context::pem, failed);
  if (failed) {
    return fail(Errc::invalid, "not the certificate's key in PEM: " + failed.message());
  }
  return {};
} catch (const boost::system::system_error& error) {
  return fail(Errc::internal, std::string("making a TLS context: ") + error.what());
}

}  // namespace

Status check_certificate(std::string_view chain) {
  return try_out(chain, "");
}

Status check_key(std::string_view chain, std::string_view key) {
  if (key.empty()) return fail(Errc::invalid, "the file is empty");
  return try_out(chain, key);
}

}  // namespace edgeherd::http
