#include "coordinator/providers/exec/exec_provider.h"

#include <cstdint>
#include <deque>
#include <map>
#include <utility>

#include "common/os/asio_loop.h"
#include "common/os/process.h"
#include "coordinator/providers/exec/answer.h"

namespace edgeherd::exec {

namespace {

class ExecProvider final : public act::Provider {
 public:
  ExecProvider(Options options, os::AsioLoop& loop) : options_(std::move(options)), loop_(loop) {}

  // Two creations of one node at a time would be two servers where the cloud cannot tell: one that
  // is asked for again meanwhile has the answer of the first.
  void create(act::CreateRequest request, std::function<void(Result<model::Vm>)> done) override {
    const NodeId node = request.node;
    auto& asked = creations_[node];
    asked.push_back(std::move(done));
    if (asked.size() > 1) return;
    call<Result<model::Vm>>(changes_, "create", create_request(options_.account, request),
                            parse_server, [this, node](const Result<model::Vm>& made) {
                              const auto all = creations_.extract(node);
                              for (const auto& one : all.mapped()) one(made);
                            });
  }
  void destroy(VmId vm, std::function<void(Status)> done) override {
    call<Status>(changes_, "destroy", server_request(options_.account, "destroy", vm), parse_done,
                 std::move(done));
  }
  void reboot(VmId vm, std::function<void(Status)> done) override {
    call<Status>(changes_, "reboot", server_request(options_.account, "reboot", vm), parse_done,
                 std::move(done));
  }
  void list(std::function<void(Result<std::vector<model::Vm>>)> done) override {
    call<Result<std::vector<model::Vm>>>(looks_, "list", plain_request(options_.account, "list"),
                                         parse_servers, std::move(done));
  }
  void images(std::function<void(Result<std::vector<act::Image>>)> done) override {
    call<Result<std::vector<act::Image>>>(
        looks_, "images", plain_request(options_.account, "images"), parse_images, std::move(done));
  }

 private:
  using Ended = std::function<void(Result<os::ExitStatus>)>;
  struct Call {
    std::string request;
    Ended ended;
    MonoTime since{};
  };
  // Calls that wait for the same places.
  struct Lane {
    std::size_t places = 1;
    std::deque<Call> waiting;
    std::size_t running = 0;
  };

  // The answer of one run of the program goes through `parse` to `done`.
  template <class T>
  void call(Lane& lane, const char* name, std::string request, T (*parse)(std::string_view),
            std::function<void(T)> done) {
    const std::string context = options_.command.front() + ": " + name;
    Ended ended = [context, parse, done = std::move(done)](Result<os::ExitStatus> status) {
      if (!status) {
        // A program that is not there says nothing of any server.
        Error error = status.error().within(context);
        if (error.code == Errc::not_found) error.code = Errc::unavailable;
        return done(T(std::move(error)));
      }
      // A program that failed may still say what kind of failure it was.
      if (!status->success() && status->output.empty()) {
        return done(T(fail(Errc::unavailable, context + ": " + status->describe())));
      }
      if (status->truncated) {
        return done(T(fail(Errc::broken, context + ": an answer of more than " +
                                             std::to_string(max_answer_bytes) + " bytes")));
      }
      T answer = parse(status->output);
      if (!status->success() && answer.ok()) {
        return done(T(fail(Errc::broken, context + ": an answer, but " + status->describe())));
      }
      done(answer.ok() ? std::move(answer) : T(answer.error().within(context)));
    };
    if (lane.waiting.size() >= max_waiting) {
      return refuse(std::move(ended), std::to_string(max_waiting) + " calls are waiting already");
    }
    lane.waiting.push_back({std::move(request), std::move(ended), loop_.clock().mono()});
    start_next(lane);
  }

  // Its program was not run.
  void refuse(Ended ended, std::string why) {
    loop_.post(guarded(
        [ended = std::move(ended), why = std::move(why)] { ended(fail(Errc::throttled, why)); }));
  }

  void start_next(Lane& lane) {
    while (!lane.waiting.empty() && lane.running < lane.places) {
      Call next = std::move(lane.waiting.front());
      lane.waiting.pop_front();
      if (loop_.clock().mono() - next.since > options_.begin_within) {
        refuse(std::move(next.ended),
               "no place was free in time, with " + std::to_string(lane.places) + " in all");
        continue;
      }
      os::ProcessSpec spec;
      spec.argv = options_.command;
      spec.environment = options_.environment;
      spec.deadline = options_.timeout;
      spec.output_limit = max_answer_bytes;
      spec.input = std::move(next.request);
      spec.errors = os::Errors::apart;
      const std::uint64_t number = ++last_;
      ++lane.running;
      running_[number] = os::Process::run(
          loop_.io(), std::move(spec),
          [this, &lane, number, ended = std::move(next.ended)](Result<os::ExitStatus> status) {
            running_.erase(number);
            --lane.running;
            start_next(lane);
            ended(std::move(status));
          });
    }
  }

  // Does nothing when this is gone.
  std::function<void()> guarded(std::function<void()> work) {
    return [alive = std::weak_ptr<int>(alive_), work = std::move(work)] {
      if (!alive.expired()) work();
    };
  }

  const Options options_;
  os::AsioLoop& loop_;
  std::map<NodeId, std::vector<std::function<void(Result<model::Vm>)>>> creations_;  // under way
  Lane changes_{static_cast<std::size_t>(options_.concurrency), {}, 0};
  // However slowly servers are made, they are seen meanwhile.
  Lane looks_;
  std::uint64_t last_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
  std::map<std::uint64_t, std::unique_ptr<os::Process>> running_;
};

}  // namespace

std::unique_ptr<act::Provider> make_exec_provider(Options options, os::AsioLoop& loop) {
  return std::make_unique<ExecProvider>(std::move(options), loop);
}

}  // namespace edgeherd::exec
