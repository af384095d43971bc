#include "tests/contract/archive_benches.h"

#include <cstdlib>
#include <sstream>

#include "common/archive/archive_url.h"
#include "common/archive/put_grant.h"
#include "common/archive/sim_archive.h"
#include "common/http/client.h"
#include "common/http/server.h"
#include "common/os/real.h"
#include "common/sim/sim_loop.h"
#include "tests/support/temp_directory.h"

namespace edgeherd::test {

namespace {

constexpr const char* s3_variable = "EDGEHERD_TEST_S3";
constexpr const char* s3_host_name = "s3.edgeherd.test";  // rgw dns name in radosgw.sh
constexpr Duration short_deadline = 500ms;

struct S3Server {
  std::string endpoint;
  aws::Credentials credentials;
  std::string bucket;
};

S3Server s3_server() {
  const char* text = std::getenv(s3_variable);
  REQUIRE(text != nullptr);
  std::istringstream words(text);
  S3Server server;
  words >> server.endpoint >> server.credentials.access_key_id >>
      server.credentials.secret_access_key >> server.bucket;
  REQUIRE_FALSE(server.bucket.empty());
  return server;
}

// A loop whose wall clock is wrong by a constant.
class ShiftedLoop final : public EventLoop {
 public:
  explicit ShiftedLoop(EventLoop& real) : real_(real), clock_(real) {}
  void post(std::function<void()> work) override { real_.post(std::move(work)); }
  TimerId at(MonoTime when, std::function<void()> work) override {
    return real_.at(when, std::move(work));
  }
  void cancel(TimerId id) override { real_.cancel(id); }
  [[nodiscard]] const Clock& clock() const override { return clock_; }
  void shift(Duration offset) { clock_.offset = offset; }

 private:
  struct ShiftedClock final : Clock {
    explicit ShiftedClock(EventLoop& loop) : real(loop) {}
    [[nodiscard]] MonoTime mono() const override { return real.clock().mono(); }
    [[nodiscard]] WallTime wall() const override { return real.clock().wall() + offset; }
    EventLoop& real;
    Duration offset{};
  };
  EventLoop& real_;
  ShiftedClock clock_;
};

// What every archive over HTTP has in common: a real loop and a real client.
class HttpBench : public Bench {
 public:
  HttpBench()
      : shifted_(real_.loop()),
        client_(real_.asio().io(), {}),
        files_(os::make_file_system()),
        worker_(os::make_worker(real_.loop())) {}

  archive::LogArchive& archive() override { return *opened_.archive; }
  EventLoop& loop() override { return shifted_; }
  bool run_until(const std::function<bool()>& happened) override {
    return real_.run_until(happened);
  }
  void start_put(const archive::Grant& grant, std::string body,
                 std::function<void(Result<int>)> done) override {
    http::ClientRequest request;
    request.method = "PUT";
    request.url = grant.url;
    request.headers = grant.headers;
    request.body = std::move(body);
    send(std::move(request), [done = std::move(done)](Result<http::Response> answer) {
      if (!answer) return done(answer.error());
      UNSCOPED_INFO("PUT was answered: " << answer->body.substr(0, 400));
      done(answer->status);
    });
  }
  void go_silent() override {
    // It accepts and reads, and keeps every reply for later.
    restart([this](const http::Request&, http::Server::Reply reply) {
      unanswered_.push_back(std::move(reply));
    });
  }

 protected:
  void send(http::ClientRequest request, http::Client::Done done) {
    const std::string rest = rewritten(request);
    if (!rest.empty()) request.url = rest;
    if (deadline_ > Duration{}) request.deadline = deadline_;
    client_.send(std::move(request), std::move(done));
  }
  // Another URL to go to, when the one that was signed cannot be resolved here; or nothing.
  virtual std::string rewritten(http::ClientRequest& request) = 0;

  void open(const std::string& url, std::optional<aws::Credentials> credentials,
            const std::string& public_url) {
    auto opened = archive::make_archive(
        url, std::move(credentials),
        {shifted_, *worker_, *files_, random_,
         [this](http::ClientRequest request, http::Client::Done done) {
           send(std::move(request), std::move(done));
         },
         public_url, std::string(archive::min_secret_bytes, 's'),
         [](const Error& error) { FAIL("the disk failed: " + error.message); }});
    if (!opened) FAIL(opened.error().message);
    opened_ = std::move(*opened);
  }

  void restart(http::Server::Handler handler) {
    const std::uint16_t port = server_ ? server_->port() : std::uint16_t{0};
    server_.reset();
    http::ServerLimits limits;
    limits.body_bytes = archive::max_object_bytes;
    server_ = std::make_unique<http::Server>(real_.asio().io(), limits, std::move(handler));
    const auto listening = server_->listen("127.0.0.1", port, std::nullopt);
    if (!listening) FAIL(listening.error().message);
    deadline_ = unanswered_deadline_;
  }

  RealLoop real_;
  ShiftedLoop shifted_;
  http::Client client_;
  std::unique_ptr<FileSystem> files_;
  std::unique_ptr<Worker> worker_;
  os::RealRandom random_;
  std::unique_ptr<http::Server> server_;
  archive::OpenedArchive opened_;
  std::vector<http::Server::Reply> unanswered_;
  Duration deadline_{};
  Duration unanswered_deadline_{};
};

class FileBench final : public HttpBench {
 public:
  FileBench() {
    restart([this](const http::Request& request, http::Server::Reply reply) {
      opened_.endpoint->handle_on(*worker_, request, now(), std::move(reply));
    });
    open("file://" + directory_.path() + "/archive?prefix=logs", std::nullopt,
         "http://127.0.0.1:" + std::to_string(server_->port()));
    unanswered_deadline_ = short_deadline;
  }
  ~FileBench() override { server_.reset(); }
  void go_away() override { server_.reset(); }
  bool shift_clock(Duration) override { return false; }

 private:
  std::string rewritten(http::ClientRequest&) override { return {}; }

  TempDirectory directory_;
};

class S3Bench final : public HttpBench {
 public:
  explicit S3Bench(archive::BucketStyle style) : server_info_(s3_server()), style_(style) {
    const auto port = server_info_.endpoint.substr(server_info_.endpoint.rfind(':'));
    const bool host = style == archive::BucketStyle::host;
    open("s3://" + server_info_.bucket + "/logs?style=" + (host ? "host" : "path") +
             "&endpoint=" + (host ? "http://" + (s3_host_name + port) : server_info_.endpoint),
         server_info_.credentials, "");
    target_ = server_info_.endpoint;
    unanswered_deadline_ = short_deadline;
  }
  void go_away() override {
    // A port that was ours a moment ago and has no listener now.
    restart([](const http::Request&, http::Server::Reply) {});
    target_ = "http://127.0.0.1:" + std::to_string(server_->port());
    server_.reset();
  }
  void go_silent() override {
    HttpBench::go_silent();
    target_ = "http://127.0.0.1:" + std::to_string(server_->port());
  }
  bool shift_clock(Duration offset) override {
    shifted_.shift(-offset);
    return true;
  }

 private:
  // The request goes to target_, with the Host that was signed: a bucket's own name is in no DNS.
  std::string rewritten(http::ClientRequest& request) override {
    const auto begin = request.url.find("://") + 3;
    const auto slash = request.url.find('/', begin);
    request.headers.emplace_back("Host", request.url.substr(begin, slash - begin));
    return target_ + request.url.substr(slash);
  }

  S3Server server_info_;
  archive::BucketStyle style_;
  std::string target_;
};

class SimBench final : public Bench {
 public:
  SimBench() : archive_(loop_, "logs") {}
  archive::LogArchive& archive() override { return archive_; }
  EventLoop& loop() override { return loop_; }
  void start_put(const archive::Grant& grant, std::string body,
                 std::function<void(Result<int>)> done) override {
    archive_.put(grant, std::move(body), std::move(done));
  }
  bool run_until(const std::function<bool()>& happened) override {
    return loop_.run_until(happened, patience);
  }
  void go_away() override { archive_.set_reach(archive::SimArchive::Reach::away); }
  void go_silent() override { archive_.set_reach(archive::SimArchive::Reach::silent); }
  bool shift_clock(Duration offset) override {
    archive_.set_clock_offset(offset);
    return true;
  }

 private:
  sim::SimLoop loop_;
  archive::SimArchive archive_;
};

}  // namespace

Bench::Bench() {
  os::RealRandom random;
  node_ = {"local", "lon1", "n-" + random.token(10)};
}

Result<int> Bench::put(const archive::Grant& grant, const std::string& body) {
  return await<Result<int>>(*this, [&](auto done) { start_put(grant, body, done); });
}

Result<archive::Verification> Bench::verify(const std::string& key,
                                            const archive::Expected& expected) {
  return await<Result<archive::Verification>>(
      *this, [&](auto done) { archive().verify(key, expected, done); });
}

Result<std::string> Bench::read(const std::string& key, std::size_t limit) {
  return await<Result<std::string>>(*this, [&](auto done) { archive().read(key, limit, done); });
}

Result<std::vector<archive::ObjectInfo>> Bench::list(const std::string& key_prefix) {
  return await<Result<std::vector<archive::ObjectInfo>>>(
      *this, [&](auto done) { archive().list(key_prefix, done); });
}

Status Bench::check() {
  return await<Status>(*this, [&](auto done) { archive().check(done); });
}

bool has_s3() {
  return std::getenv(s3_variable) != nullptr;
}

std::vector<std::string> bench_kinds() {
  if (has_s3()) return {"sim", "file", "s3 path", "s3 host"};
  return {"sim", "file"};
}

std::unique_ptr<Bench> make_bench(const std::string& kind) {
  if (kind == "sim") return std::make_unique<SimBench>();
  if (kind == "file") return std::make_unique<FileBench>();
  return std::make_unique<S3Bench>(kind == "s3 path" ? archive::BucketStyle::path
                                                     : archive::BucketStyle::host);
}

}  // namespace edgeherd::test
