#include "agent/app/page_server.h"

namespace edgeherd::agent {

http::ServerLimits page_limits() {
  http::ServerLimits limits;
  limits.connections = 64;
  limits.peer_connections = 16;  // no address keeps the others out
  limits.header_bytes = 8 * 1024;
  limits.body_bytes = 0;  // no page takes one
  return limits;
}

Status listen_for_page(http::Server& server, const http::ListenAddress& at,
                       const std::optional<TlsConfig>& tls) {
  std::optional<http::TlsFiles> files;
  if (tls) files = http::TlsFiles{tls->certificate, tls->key};
  return server.listen(at.host, at.port, files);
}

}  // namespace edgeherd::agent
