#include "coordinator/providers/local/local_provider.h"

#include <optional>
#include <utility>

#include "common/os/real.h"
#include "coordinator/providers/local/host.h"

namespace edgeherd::local {

namespace {

constexpr Duration stop_poll = 100ms;

// Counts one configured trouble down.
bool strikes(int& next, double rate, Random& random) {
  if (next > 0) {
    --next;
    return true;
  }
  return rate > 0 && random.unit() < rate;
}

}  // namespace

struct LocalProvider::State : std::enable_shared_from_this<LocalProvider::State> {
  State(Options what, EventLoop& the_loop, Random& the_random)
      : options(std::move(what)),
        loop(the_loop),
        random(the_random),
        files(os::make_file_system()),
        host(options, *files, clock, host_random),
        worker(os::make_worker(loop)) {}

  // Runs `call` on the worker's thread and hands its result over, unless the provider is gone.
  template <class T>
  void run(std::function<T(Host&)> call, std::function<void(T)> done) {
    auto result = std::make_shared<std::optional<T>>();
    worker->run([this, call = std::move(call), result] { result->emplace(call(host)); },
                [done = std::move(done), result] { done(std::move(**result)); });
  }

  // After `delay`, on the loop; dropped when the provider is gone by then.
  void later(Duration delay, std::function<void()> work) {
    loop.after(delay, [weak = weak_from_this(), work = std::move(work)] {
      if (weak.lock()) work();
    });
  }

  template <class T>
  void answer(T result, std::function<void(T)> done) {
    later(Duration{}, [done = std::move(done), result = std::move(result)] { done(result); });
  }

  // Wraps `done` so that the call counts until it is answered; false (and answered) when too many
  // do.
  template <class T>
  bool admit(std::function<void(T)>& done) {
    if (calls >= max_calls) {
      answer<T>(fail(Errc::throttled, options.account.str() + ": " + std::to_string(max_calls) +
                                          " calls are under way"),
                done);
      return false;
    }
    ++calls;
    done = [this, inner = std::move(done)](T result) {
      --calls;
      inner(std::move(result));
    };
    return true;
  }

  Boot draw_boot() {
    Faults& faults = options.faults;
    Boot boot{faults.boot_delay, BootEnd::runs};
    if (faults.boot_jitter > Duration{}) {
      boot.delay += from_seconds(random.unit() * seconds(faults.boot_jitter));
    }
    if (strikes(faults.stuck_boot_next, faults.stuck_boot_rate, random)) boot.end = BootEnd::stuck;
    return boot;
  }

  std::optional<Error> refusal(const act::CreateRequest& request) {
    Faults& faults = options.faults;
    const std::string account = options.account.str();
    if (faults.out_of_stock.contains(request.place)) {
      return fail(Errc::out_of_stock, account + ": " + request.place + " is out of stock");
    }
    if (strikes(faults.create_fail_next, faults.create_fail_rate, random)) {
      return fail(Errc::unavailable, account + ": the creation failed (a configured fault)");
    }
    return std::nullopt;
  }

  void wait_for_stop(VmId vm, MonoTime end, std::function<void(Status)> done) {
    run<Result<bool>>([vm](Host& machine) { return machine.stopped(vm); },
                      [this, vm, end, done = std::move(done)](Result<bool> stopped) {
                        if (!stopped) return done(stopped.error());
                        if (*stopped || loop.clock().mono() >= end) return power_cycle(vm, done);
                        later(stop_poll, [this, vm, end, done] { wait_for_stop(vm, end, done); });
                      });
  }

  void power_cycle(const VmId& vm, std::function<void(Status)> done) {
    run<Status>([vm, boot = draw_boot()](Host& machine) { return machine.power_cycle(vm, boot); },
                std::move(done));
  }

  Options options;
  EventLoop& loop;
  Random& random;
  std::unique_ptr<FileSystem> files;
  os::RealClock clock;
  os::RealRandom host_random;  // the worker's own: the other one belongs to the loop
  Host host;                   // used by the worker's jobs only
  int calls = 0;
  std::unique_ptr<Worker> worker;  // last: it ends before what its jobs use
};

LocalProvider::LocalProvider(Options options, EventLoop& loop, Random& random)
    : state_(std::make_shared<State>(std::move(options), loop, random)) {}

LocalProvider::~LocalProvider() = default;

void LocalProvider::create(act::CreateRequest request,
                           std::function<void(Result<model::Vm>)> done) {
  if (!state_->admit(done)) return;
  if (auto refused = state_->refusal(request)) {
    return state_->answer<Result<model::Vm>>(*refused, std::move(done));
  }
  const bool lose_answer =
      strikes(state_->options.faults.create_lose_answer_next, 0, state_->random);
  state_->run<Result<model::Vm>>(
      [request = std::move(request), boot = state_->draw_boot()](Host& machine) {
        return machine.create(request, boot);
      },
      [done = std::move(done), lose_answer](Result<model::Vm> made) {
        if (lose_answer)
          made = fail(Errc::timeout, "no answer to the creation (a configured fault)");
        done(std::move(made));
      });
}

void LocalProvider::destroy(VmId vm, std::function<void(Status)> done) {
  if (!state_->admit(done)) return;
  state_->run<Status>([vm = std::move(vm)](Host& machine) { return machine.destroy(vm); },
                      std::move(done));
}

void LocalProvider::reboot(VmId vm, std::function<void(Status)> done) {
  if (!state_->admit(done)) return;
  const MonoTime end = state_->loop.clock().mono() + state_->options.stop_patience;
  state_->run<Status>([vm](Host& machine) { return machine.ask_to_stop(vm); },
                      [state = state_.get(), vm, end, done = std::move(done)](Status asked) {
                        if (!asked) return done(asked);
                        state->wait_for_stop(vm, end, done);
                      });
}

void LocalProvider::list(std::function<void(Result<std::vector<model::Vm>>)> done) {
  using Listed = Result<std::vector<model::Vm>>;
  if (!state_->admit(done)) return;
  Faults& faults = state_->options.faults;
  const bool fails = strikes(faults.list_fail_next, 0, state_->random);
  state_->later(faults.list_delay, [state = state_.get(), done = std::move(done), fails] {
    if (fails) {
      return done(fail(Errc::unavailable,
                       state->options.account.str() + ": the list failed (a configured fault)"));
    }
    state->run<Listed>([](Host& machine) { return machine.list(); }, done);
  });
}

void LocalProvider::images(std::function<void(Result<std::vector<act::Image>>)> done) {
  if (!state_->admit(done)) return;
  state_->run<Result<std::vector<act::Image>>>([](Host& machine) { return machine.images(); },
                                               std::move(done));
}

void LocalProvider::set_faults(Faults faults) {
  state_->options.faults = std::move(faults);
}

}  // namespace edgeherd::local
