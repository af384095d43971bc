// What both worlds of AWS are made of: moto with ec2_proxy.py before it, which aws_run.sh starts,
// and a credentials file.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

#include "common/http/client.h"
#include "tests/contract/tls_fronts.h"
#include "tests/support/real_loop.h"
#include "tests/support/temp_directory.h"

namespace edgeherd::test {

class MotoWorld : public RealLoop {
 public:
  MotoWorld() {
    const char* url = std::getenv("EDGEHERD_TEST_EC2");
    REQUIRE(url != nullptr);  // tests/contract/aws_run.sh sets it
    url_ = url;
  }

  // Where it is served in the clear.
  [[nodiscard]] const std::string& url() const { return url_; }
  // "ACTION TROUBLE [ARGUMENT]": ec2_proxy.py has the words.
  void strike(const std::string& trouble) { control("strike", trouble); }
  // The actions that were asked for, one a line.
  [[nodiscard]] std::string seen() { return control("seen", ""); }

  void write_credentials(const std::string& key, const std::string& secret) {
    std::ofstream(credentials_file()) << "[default]\naws_access_key_id = " << key
                                      << "\naws_secret_access_key = " << secret << "\n";
  }

 protected:
  [[nodiscard]] std::string credentials_file() const { return dir_.file("credentials"); }

  std::string control(const std::string& what, const std::string& body) {
    http::ClientRequest request;
    request.method = "POST";
    request.url = url_ + "/proxy/" + what;
    request.body = body;
    request.deadline = patience;
    const auto answer = await<Result<http::Response>>(
        *this, [&](auto done) { client_.send(std::move(request), done); });
    REQUIRE(answer);
    REQUIRE(answer->status == 200);
    return answer->body;
  }

  const std::optional<TlsFronts> tls_ = TlsFronts::find();

 private:
  TempDirectory dir_;
  http::Client client_{asio().io(), {}};
  std::string url_;
};

}  // namespace edgeherd::test
