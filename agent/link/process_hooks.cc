#include "agent/link/process_hooks.h"

#include <map>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "common/os/process.h"

namespace edgeherd::link {

namespace {

constexpr std::size_t kept_output_bytes = 4 * 1024;

class ProcessHooks final : public logs::HookRunner {
 public:
  explicit ProcessHooks(boost::asio::io_context& io) : io_(io) {}

  void run(const std::vector<std::string>& argv, Duration limit,
           std::function<void(Status)> done) override {
    if (running_.size() >= most_running_hooks) {
      boost::asio::post(io_, [alive = std::weak_ptr<int>(alive_), done = std::move(done)] {
        if (!alive.expired()) done(fail(Errc::exhausted, "too many hooks are running"));
      });
      return;
    }
    os::ProcessSpec spec;
    spec.argv = argv;
    spec.deadline = limit;
    spec.output_limit = kept_output_bytes;
    const std::uint64_t id = ++last_id_;
    running_[id] = os::Process::run(io_, std::move(spec),
                                    [this, id, name = argv.empty() ? std::string() : argv.front(),
                                     done = std::move(done)](Result<os::ExitStatus> ended) {
                                      // The process cannot be destroyed inside its own callback.
                                      boost::asio::post(
                                          io_, [process = std::shared_ptr<os::Process>(
                                                    std::move(running_.extract(id).mapped()))] {});
                                      if (!ended) {
                                        done(ended.error());
                                      } else if (ended->success()) {
                                        done({});
                                      } else {
                                        done(fail(Errc::refused, name + ": " + ended->describe()));
                                      }
                                    });
  }

 private:
  boost::asio::io_context& io_;
  std::map<std::uint64_t, std::unique_ptr<os::Process>> running_;
  std::uint64_t last_id_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace

std::unique_ptr<logs::HookRunner> make_process_hooks(boost::asio::io_context& io) {
  return std::make_unique<ProcessHooks>(io);
}

}  // namespace edgeherd::link
