#include "common/http/tls.h"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace edgeherd::http {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

namespace {

Result<std::unique_ptr<ssl::context>> new_context(ssl::context::method method) {
  try {
    auto context = std::make_unique<ssl::context>(method);
    context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                         ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                         ssl::context::no_tlsv1_1 | SSL_OP_NO_RENEGOTIATION);
    return context;
  } catch (const boost::system::system_error& error) {
    return fail(Errc::internal, std::string("making a TLS context: ") + error.what());
  }
}

std::string why_untrusted(const SSL& connection, const std::string& host) {
  const long verdict = SSL_get_verify_result(&connection);
  // The name is looked at last, by a check that has no word of its own.
  if (verdict == X509_V_OK || verdict == X509_V_ERR_UNSPECIFIED) {
    return "it is not valid for host " + host;
  }
  return X509_verify_cert_error_string(verdict);
}

}  // namespace

Result<std::unique_ptr<ssl::context>> server_tls(const TlsFiles& files) {
  auto made = new_context(ssl::context::tls_server);
  if (!made) return made.error();
  ssl::context& context = **made;
  error_code failed;
  context.use_certificate_chain_file(files.certificate, failed);
  if (failed) {
    return fail(Errc::invalid, "TLS certificate " + files.certificate + ": " + failed.message());
  }
  context.use_private_key_file(files.key, ssl::context::pem, failed);
  if (!failed && SSL_CTX_check_private_key(context.native_handle()) != 1) {
    failed = boost::asio::error::invalid_argument;
  }
  if (failed) return fail(Errc::invalid, "TLS key " + files.key + ": " + failed.message());
  return made;
}

Result<std::unique_ptr<ssl::context>> client_tls(const std::string& ca_file, PeerCheck peers) {
  auto made = new_context(ssl::context::tls_client);
  if (!made) return made.error();
  ssl::context& context = **made;
  if (peers == PeerCheck::any) {
    context.set_verify_mode(ssl::verify_none);
    return made;
  }
  context.set_verify_mode(ssl::verify_peer);
  error_code failed;
  if (ca_file.empty()) {
    context.set_default_verify_paths(failed);
  } else {
    context.load_verify_file(ca_file, failed);
  }
  if (failed) {
    const std::string name = ca_file.empty() ? "the system's trust store" : ca_file;
    return fail(Errc::invalid, "TLS authorities " + name + ": " + failed.message());
  }
  return made;
}

Error tls_failure(const error_code& error, const SSL& connection, const std::string& host) {
  const std::string during = "TLS handshake: ";
  if (error == boost::asio::error::eof || error == ssl::error::stream_truncated) {
    return fail(Errc::unavailable, during + "the peer closed the connection");
  }
  if (error.category() != boost::asio::error::get_ssl_category()) {
    return fail(Errc::unavailable, during + error.message());
  }
  switch (ERR_GET_REASON(static_cast<unsigned long>(error.value()))) {
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      return fail(Errc::refused, "TLS certificate: " + why_untrusted(connection, host));
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_HTTP_REQUEST:
      return fail(Errc::unavailable, during + "what the peer says is not TLS");
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return fail(Errc::unavailable, during + "the peer has no TLS 1.2 or later");
    default:
      return fail(Errc::unavailable, during + error.message());
  }
}

}  // namespace edgeherd::http
