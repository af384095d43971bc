#include "common/http/tls.h"

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

}  // namespace edgeherd::http
