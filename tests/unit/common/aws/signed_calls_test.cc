#include "common/aws/signed_calls.h"

#include <deque>
#include <optional>

#include "common/http/http_date.h"
#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::aws;
using Catch::Matchers::Contains;

namespace {

// Gives one key after the other, each until it is refused.
class Keys final : public CredentialSource {
 public:
  Keys(EventLoop& loop, std::deque<std::string> keys) : loop_(loop), keys_(std::move(keys)) {}
  void get(Done done) override {
    loop_.post([done, key = keys_.front()] { done(Credentials{key, "secret", ""}); });
  }
  Renewal refused(const Credentials&) override {
    if (keys_.size() == 1) return Renewal::pointless;
    keys_.pop_front();
    return Renewal::possible;
  }

 private:
  EventLoop& loop_;
  std::deque<std::string> keys_;
};

struct Service {
  sim::SimLoop loop;
  std::deque<http::Response> answers;
  std::vector<http::ClientRequest> asked;
  Duration answers_after{};
  std::shared_ptr<SignedCalls> calls;

  explicit Service(std::deque<std::string> keys = {"AKIA1"}) {
    calls = std::make_shared<SignedCalls>(
        "https://service.test:8443", sigv4::Scope{"here", "ec2"},
        std::make_shared<Keys>(loop, std::move(keys)), loop,
        [this](http::ClientRequest request, const http::Client::Done& done) {
          asked.push_back(std::move(request));
          REQUIRE_FALSE(answers.empty());
          const auto answer_now = [done, answer = answers.front()] { done(answer); };
          if (answers_after == Duration{}) {
            loop.post(answer_now);
          } else {
            (void)loop.after(answers_after, answer_now);
          }
          answers.pop_front();
        });
  }

  void will_answer(int status, const std::string& body, Duration ahead = {}) {
    answers.push_back({status, {{"Date", http::http_date(loop.clock().wall() + ahead)}}, body});
  }

  Result<http::Response> send(SignedCalls::Call call = {}) {
    std::optional<Result<http::Response>> answer;
    calls->send(std::move(call), [&](Result<http::Response> found) { answer = std::move(found); });
    REQUIRE_FALSE(answer);
    loop.settle();
    if (answers_after > Duration{}) loop.run_for(answers_after);
    REQUIRE(answer);
    return *answer;
  }

  [[nodiscard]] std::string header(std::size_t request, std::string_view name) const {
    return std::string(http::header(asked.at(request).headers, name));
  }
};

}  // namespace

TEST_CASE("a call goes to its path and query, signed for the service and the region") {
  Service service;
  service.will_answer(200, "fine");
  SignedCalls::Call call;
  call.path = "/a b";
  call.query = {{"z", "1"}, {"a", "x y"}};
  call.headers = {{"Content-Type", "text/plain"}};
  CHECK(service.send(call)->body == "fine");
  CHECK(service.asked[0].url == "https://service.test:8443/a%20b?a=x%20y&z=1");
  CHECK_THAT(service.header(0, "Authorization"),
             Contains("Credential=AKIA1/20260101/here/ec2/aws4_request") &&
                 Contains("SignedHeaders=content-type;host;x-amz-date"));
}

TEST_CASE("a refusal with a date that is far off is answered with that time, and kept to") {
  Service service;
  service.will_answer(400, "RequestExpired", 20min);
  service.will_answer(200, "fine", 20min);
  CHECK(service.send()->status == 200);
  CHECK(service.header(0, "x-amz-date") == "20260101T000000Z");
  CHECK(service.header(1, "x-amz-date") == "20260101T002000Z");
  service.will_answer(200, "fine", 20min);
  CHECK(service.send()->status == 200);
  CHECK(service.header(2, "x-amz-date") == "20260101T002000Z");
}

TEST_CASE("of calls at the same time that are refused for the time, each is sent once more") {
  Service service;
  for (int i = 0; i < 3; ++i) service.will_answer(400, "RequestExpired", 20min);
  for (int i = 0; i < 3; ++i) service.will_answer(200, "fine", 20min);
  std::vector<int> answers;
  for (int i = 0; i < 3; ++i) {
    service.calls->send({}, [&](const Result<http::Response>& found) {
      answers.push_back(found ? found->status : 0);
    });
  }
  service.loop.settle();
  CHECK(answers == std::vector<int>{200, 200, 200});
  CHECK(service.asked.size() == 6);
}

TEST_CASE("a refusal of the time is not repeated for ever") {
  Service service;
  service.will_answer(400, "RequestExpired", 20min);
  service.will_answer(400, "RequestExpired", -20min);
  CHECK(service.send()->status == 400);
  CHECK(service.asked.size() == 2);
}

TEST_CASE("refused credentials are replaced once, if there are others") {
  Service service({"AKIA1", "AKIA2"});
  service.will_answer(401, "AuthFailure");
  service.will_answer(200, "fine");
  CHECK(service.send()->status == 200);
  CHECK_THAT(service.header(1, "Authorization"), Contains("Credential=AKIA2/"));
  service.will_answer(401, "AuthFailure");
  CHECK(service.send()->status == 401);
  CHECK(service.asked.size() == 3);
}

TEST_CASE("a request that is wrong, or a cloud that fails, is asked once") {
  Service service({"AKIA1", "AKIA2"});
  for (const int status : {400, 404, 500, 503}) {
    service.will_answer(status, "no");
    CHECK(service.send()->status == status);
  }
  CHECK(service.asked.size() == 4);
}

TEST_CASE("a call whose time is over is not sent, and not sent again") {
  Service service({"AKIA1", "AKIA2"});
  SignedCalls::Call call;
  call.begin_by = service.loop.clock().mono();
  const auto late = service.send(call);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::throttled);
  CHECK(service.asked.empty());
  call.begin_by = service.loop.clock().mono() + 1s;
  service.answers_after = 1s;
  service.will_answer(401, "AuthFailure");
  CHECK(service.send(call)->status == 401);
  CHECK(service.asked.size() == 1);
}

TEST_CASE("nothing is answered once the calls are gone") {
  Service service;
  service.will_answer(200, "fine");
  int answered = 0;
  service.calls->send({}, [&](const Result<http::Response>&) { ++answered; });
  service.calls.reset();
  service.loop.settle();
  CHECK(answered == 0);
}
