// Where the provider suite runs, too: the fake of Digital Ocean, each world with an account of its
// own. digitalocean_run.sh starts the fake, and a Prism that holds requests and answers to Digital
// Ocean's own description when it stands between.
#pragma once

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include <boost/json.hpp>

#include "common/http/client.h"
#include "common/os/real.h"
#include "coordinator/providers/digitalocean/digitalocean_provider.h"
#include "tests/contract/tls_fronts.h"
#include "tests/support/real_loop.h"
#include "tests/support/temp_directory.h"

namespace edgeherd::test {

class DigitalOceanWorld : public RealLoop {
 public:
  static constexpr bool knows_intents = true;
  // Of all answers it cuts only those, so that the provider can look for what became of them.
  static constexpr auto manner_that_cuts_creations = "cut_202";

  DigitalOceanWorld() {
    const char* ports = std::getenv("EDGEHERD_TEST_DIGITALOCEAN");
    REQUIRE(ports != nullptr);  // digitalocean_run.sh sets it
    std::string api;
    std::istringstream(ports) >> fake_ >> api;
    options_.account = ProviderId("digitalocean");
    options_.fleet = "fleet-a";
    options_.access.token_file = dir_.file("token");
    options_.access.api_url = "http://127.0.0.1:" + api;
    if (tls_) reach("good");
    options_.size = "s-1vcpu-1gb";
    options_.settle = 300ms;
    write_token(token_);
    restart();
  }
  virtual ~DigitalOceanWorld() { CHECK(violations_ == ""); }
  DigitalOceanWorld(const DigitalOceanWorld&) = delete;
  DigitalOceanWorld& operator=(const DigitalOceanWorld&) = delete;

  [[nodiscard]] act::Provider& provider() { return *provider_; }
  [[nodiscard]] digitalocean::Options& options() { return options_; }
  [[nodiscard]] std::string image() const { return "1001"; }
  [[nodiscard]] const std::string& token() const { return token_; }
  void write_token(const std::string& token) {
    std::ofstream(options_.access.token_file) << token << "\n";
  }

  // By TLS of that manner from the next restart() on.
  void reach(const std::string& manner) {
    REQUIRE(tls_);
    options_.access.api_url = tls_->url(manner);
    options_.access.ca_file = tls_->authority();
  }

  void trust(const std::string& ca_file) { options_.access.ca_file = ca_file; }
  [[nodiscard]] const std::string& peer() const { return options_.access.api_url; }
  void be_patient_for(Duration time) { options_.access.timeout = time; }
  [[nodiscard]] const std::string& secret() const { return token_; }
  // How many requests have come to the cloud.
  [[nodiscard]] int asked() { return requests(""); }
  [[nodiscard]] static const std::string& place(const std::string& name) { return name; }

  // What was not as described since the last time; a world must end without any.
  [[nodiscard]] std::string take_violations() { return std::exchange(violations_, ""); }

  // Another coordinator takes over.
  void restart() {
    provider_.reset();  // and its budget
    provider_ = digitalocean::make_digitalocean_provider(
        options_, loop(), budget(), digitalocean::endpoint_of(options_.access).token, transport());
  }

  [[nodiscard]] std::shared_ptr<budget::AccountBudget> budget() {
    return accounts_.of(digitalocean::account_of(options_.access), options_.access.limits);
  }
  [[nodiscard]] digitalocean::Transport transport() {
    return [this, real = digitalocean::transport_of(options_.access, asio())](
               http::ClientRequest request, http::Client::Done done) {
      real(std::move(request), [this, done](Result<http::Response> answer) {
        if (answer) judge(*answer);
        done(std::move(answer));
      });
    };
  }

  // Settings of the account at the fake, in its own words.
  void set(const std::string& what) { (void)control("POST", "set", what); }
  void strike(const std::string& trouble) { set("{\"troubles\": [" + trouble + "]}"); }
  // So many servers of a fleet.
  void seed(int count) {
    std::string seeds;
    for (int i = 0; i < count; ++i) {
      seeds += (i == 0 ? "" : ", ") +
               (R"({"name": "n)" + std::to_string(i) + R"(", "tags": ["edgeherd-fleet:fleet-a"]})");
    }
    set("{\"seed\": [" + seeds + "]}");
  }
  [[nodiscard]] boost::json::array droplets() { return state().at("droplets").as_array(); }
  [[nodiscard]] boost::json::array records() { return state().at("records").as_array(); }
  // Requests that the fake has seen and that begin so.
  [[nodiscard]] int requests(const std::string& beginning) {
    int count = 0;
    const boost::json::object now = state();
    for (const auto& request : now.at("requests").as_array()) {
      count += request.as_string().starts_with(beginning) ? 1 : 0;
    }
    return count;
  }

  using Listing = Result<std::vector<model::Vm>>;
  Listing list() {
    return await<Listing>(*this, [this](auto done) { provider().list(done); });
  }
  void fail_next_list() { strike(R"({"method": "GET", "path": "/v2/droplets", "status": 503})"); }
  void sell_out(const std::string& place) { set("{\"sold_out\": [\"" + place + "\"]}"); }
  void fail_next_create() {
    strike(R"({"method": "POST", "path": "/v2/droplets$", "status": 503})");
  }
  void throttle_next_create() {
    strike(R"({"method": "POST", "path": "/v2/droplets$", "status": 429, "retry_after": 1})");
  }
  // Somebody else deletes it.
  void vanish(const VmId& vm) {
    http::ClientRequest request;
    request.method = "DELETE";
    request.url = "http://127.0.0.1:" + fake_ + "/v2/droplets/" + vm.str();
    request.headers = {{"Authorization", "Bearer " + token_}};
    const auto answer = await<Result<http::Response>>(
        *this, [&](auto done) { client_.send(std::move(request), done); });
    REQUIRE(answer);
    REQUIRE(answer->status == 204);
  }
  void turn_off(const VmId& vm) { set("{\"off\": [" + vm.str() + "]}"); }
  void lose_next_answer() {
    strike(R"({"method": "POST", "path": "/v2/droplets$", "hang": true, "after": true})");
    options_.access.timeout = 5s;
    restart();
  }

 private:
  // Whatever stands between says so when a request or an answer is not as described.
  void judge(const http::Response& answer) {
    const auto violations = http::header(answer.headers, "sl-violations");
    if (!violations.empty()) violations_ += std::string(violations) + "\n";
    if (answer.body.find("stoplight.io/prism/errors") != std::string::npos) {
      violations_ += answer.body + "\n";
    }
  }

  boost::json::object state() {
    return boost::json::parse(control("GET", "state", "")).as_object();
  }

  std::string control(const std::string& method, const std::string& what, const std::string& body) {
    http::ClientRequest request;
    request.method = method;
    request.url = "http://127.0.0.1:" + fake_ + "/fake/" + token_ + "/" + what;
    request.body = body;
    const auto answer = await<Result<http::Response>>(
        *this, [&](auto done) { client_.send(std::move(request), done); });
    REQUIRE(answer);
    REQUIRE(answer->status == 200);
    return answer->body;
  }

  TempDirectory dir_;
  os::RealRandom random_;
  std::string token_ = "test-" + random_.token(20);
  std::string fake_;
  const std::optional<TlsFronts> tls_ = TlsFronts::find();
  http::Client client_{asio().io(), {}};
  digitalocean::Options options_;
  std::string violations_;
  budget::Accounts accounts_{loop()};
  std::unique_ptr<act::Provider> provider_;
};

}  // namespace edgeherd::test

#define DIGITALOCEAN_WORLDS edgeherd::test::DigitalOceanWorld
