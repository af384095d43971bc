// How a world reaches its cloud: in the clear, or by TLS when tls_run.sh has put it before the
// cloud.
#pragma once

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "tests/support/catch.h"

namespace edgeherd::test {

class TlsFronts {
 public:
  // Nothing when there is no TLS before the cloud.
  [[nodiscard]] static std::optional<TlsFronts> find() {
    const char* directory = std::getenv("EDGEHERD_TEST_TLS");
    return directory == nullptr ? std::nullopt : std::optional(TlsFronts(directory));
  }

  [[nodiscard]] std::string authority() const { return directory_ + "/ca.crt"; }
  // tls_fronts.py has the manners' names.
  [[nodiscard]] std::string url(const std::string& manner) const {
    std::ifstream ports(directory_ + "/ports");
    std::string name;
    std::string port;
    while (ports >> name >> port && name != manner) {
    }
    REQUIRE(name == manner);
    return "https://localhost:" + port;
  }

 private:
  explicit TlsFronts(std::string directory) : directory_(std::move(directory)) {}
  std::string directory_;
};

}  // namespace edgeherd::test
