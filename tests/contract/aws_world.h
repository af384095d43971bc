// Where the provider suite runs, too: EC2 as moto imitates it, with ec2_proxy.py between.
// aws_run.sh starts both.
#pragma once

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

#include "common/http/client.h"
#include "coordinator/providers/aws/aws_provider.h"
#include "tests/support/real_loop.h"
#include "tests/support/temp_directory.h"

namespace edgeherd::test {

class AwsWorld : public RealLoop {
 public:
  static constexpr bool knows_intents = true;

  AwsWorld() {
    const char* url = std::getenv("EDGEHERD_TEST_EC2");
    REQUIRE(url != nullptr);  // tests/contract/aws_run.sh sets it
    url_ = url;
    std::istringstream words(control("reset", ""));
    words >> key_ >> secret_ >> image_;
    REQUIRE_FALSE(image_.empty());
    write_credentials(key_, secret_);
    options_.account = ProviderId("aws");
    options_.credentials.from = aws::CredentialsFrom::file;
    options_.credentials.file = dir_.file("credentials");
    options_.instance_type = "t3.micro";
    options_.page_size = 5;  // the least that EC2 takes, so that there are pages
    options_.api_share = 1;
    aws::Region region;
    region.name = "us-east-1";
    region.endpoint = url_;
    options_.regions = {region};
    restart();
  }

  [[nodiscard]] act::Provider& provider() { return *provider_; }
  [[nodiscard]] aws::Options& options() { return options_; }
  [[nodiscard]] const std::string& image() const { return image_; }
  [[nodiscard]] const std::string& url() const { return url_; }
  // The suite's places are not AWS's.
  [[nodiscard]] static std::string place(const std::string& name) {
    return name == "lon1" ? "us-east-1a" : "us-east-1b";
  }
  void restart() { provider_ = aws::make_aws_provider(options_, asio()); }

  void write_credentials(const std::string& key, const std::string& secret) {
    std::ofstream(dir_.file("credentials")) << "[default]\naws_access_key_id = " << key
                                            << "\naws_secret_access_key = " << secret << "\n";
  }
  [[nodiscard]] const std::string& key() const { return key_; }
  [[nodiscard]] const std::string& secret() const { return secret_; }

  // "ACTION TROUBLE [ARGUMENT]": ec2_proxy.py has the words.
  void strike(const std::string& trouble) { control("strike", trouble); }
  // The actions that were asked for, one a line.
  [[nodiscard]] std::string seen() { return control("seen", ""); }
  void fail_next_list() { strike("DescribeInstances fail"); }
  void sell_out(const std::string& name) { strike("RunInstances sold_out " + place(name)); }
  void fail_next_create() { strike("RunInstances fail"); }
  void lose_next_answer() {
    strike("RunInstances lose");
    options_.timeout = 5s;  // also of what is asked next, on a machine that is busy
    restart();
    options_.timeout = 30s;
  }

 private:
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

  TempDirectory dir_;
  http::Client client_{asio().io(), {}};
  std::string url_;
  std::string key_;
  std::string secret_;
  std::string image_;
  aws::Options options_;
  std::unique_ptr<act::Provider> provider_;
};

}  // namespace edgeherd::test
