// Where the provider suite runs, too: EC2 as moto imitates it, with ec2_proxy.py between.
// aws_run.sh starts both.
#pragma once

#include <memory>
#include <sstream>

#include "coordinator/providers/aws/aws_provider.h"
#include "tests/contract/moto_world.h"

namespace edgeherd::test {

class AwsWorld : public MotoWorld {
 public:
  static constexpr bool knows_intents = true;
  static constexpr auto manner_that_cuts_creations = "cut";

  AwsWorld() {
    std::istringstream words(control("reset", ""));
    words >> key_ >> secret_ >> image_;
    REQUIRE_FALSE(image_.empty());
    write_credentials(key_, secret_);
    options_.account = ProviderId("aws");
    options_.fleet = "fleet-a";
    options_.credentials.from = aws::CredentialsFrom::file;
    options_.credentials.file = credentials_file();
    options_.instance_type = "t3.micro";
    options_.page_size = 5;  // the least that EC2 takes, so that there are pages
    options_.api_share = 1;
    aws::Region region;
    region.name = "us-east-1";
    region.endpoint = url();
    options_.regions = {region};
    if (tls_) reach("good");
    restart();
  }

  [[nodiscard]] act::Provider& provider() { return *provider_; }
  [[nodiscard]] aws::Options& options() { return options_; }
  [[nodiscard]] const std::string& image() const { return image_; }
  // The suite's places are not AWS's.
  [[nodiscard]] static std::string place(const std::string& name) {
    return name == "lon1" ? "us-east-1a" : "us-east-1b";
  }
  void restart() { provider_ = aws::make_aws_provider(options_, asio()); }

  // By TLS of that manner from the next restart() on.
  void reach(const std::string& manner) {
    REQUIRE(tls_);
    options_.regions.front().endpoint = tls_->url(manner);
    options_.ca_file = tls_->authority();
  }
  void trust(const std::string& ca_file) { options_.ca_file = ca_file; }
  [[nodiscard]] const std::string& peer() const { return options_.regions.front().endpoint; }
  void be_patient_for(Duration time) { options_.timeout = time; }
  // Which requests have come to the cloud.
  [[nodiscard]] std::string asked() { return seen(); }

  [[nodiscard]] const std::string& key() const { return key_; }
  [[nodiscard]] const std::string& secret() const { return secret_; }

  // A second region, and images that are copied from one to the other when launches want them.
  void distribute() {
    aws::Region region = options_.regions.front();
    region.name = "eu-west-2";
    options_.regions.push_back(region);
    options_.distribution = aws::Distribution::by_launches;
    restart();
  }
  void copies_arrive() { control("arrive", ""); }

  void fail_next_list() { strike("DescribeInstances fail"); }
  void sell_out(const std::string& name) { strike("RunInstances sold_out " + place(name)); }
  void fail_next_create() { strike("RunInstances fail"); }
  void throttle_next_create() { strike("RunInstances throttle"); }
  void vanish(const VmId& vm) { control("vanish", vm.str()); }
  void turn_off(const VmId& vm) { control("stop", vm.str()); }
  void lose_next_answer() {
    strike("RunInstances lose");
    options_.timeout = 5s;  // also of what is asked next, on a machine that is busy
    restart();
    options_.timeout = 30s;
  }

 private:
  std::string key_;
  std::string secret_;
  std::string image_;
  aws::Options options_;
  std::unique_ptr<act::Provider> provider_;
};

}  // namespace edgeherd::test
