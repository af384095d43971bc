// TLS contexts for both sides: TLS 1.2 and later, nothing older. Inside common/http only.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "common/core/result.h"
#include "common/http/client.h"
#include "common/http/server.h"

namespace edgeherd::http {

// `invalid`, naming the file, when a file is missing, unreadable or the key is not the chain's.
[[nodiscard]] Result<std::unique_ptr<boost::asio::ssl::context>> server_tls(const TlsFiles& files);

// Verifies its peer against `ca_file`, or against the system's store when that is empty; or not at
// all.
[[nodiscard]] Result<std::unique_ptr<boost::asio::ssl::context>> client_tls(
    const std::string& ca_file, PeerCheck peers);

// Why a client's handshake with `host` came to nothing: `refused` for a certificate that is not to
// be trusted, `unavailable` for all else. Nothing of a request was sent then.
[[nodiscard]] Error tls_failure(const boost::system::error_code& error, const SSL& connection,
                                const std::string& host);

}  // namespace edgeherd::http
