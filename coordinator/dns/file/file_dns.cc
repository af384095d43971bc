#include "coordinator/dns/file/file_dns.h"

#include <optional>
#include <utility>

#include "common/core/one_by_one.h"
#include "common/os/asio_loop.h"
#include "common/os/process.h"
#include "common/os/real.h"
#include "coordinator/dns/file/replace_file.h"
#include "coordinator/dns/file/zone.h"

namespace edgeherd::dns {

namespace {

constexpr act::ReadPeriods often{3s, 5s};
constexpr Duration reload_limit = 20s;  // less than what the coordinator waits for an answer

enum class Change { none, written };

class FileDns final : public act::DnsProvider {
  using Found = std::function<void(Result<std::vector<act::NameSet>>)>;

 public:
  FileDns(FileDnsOptions options, os::AsioLoop& loop)
      : options_(std::move(options)),
        loop_(loop),
        files_(os::make_file_system()),
        worker_(os::make_worker(loop)) {}

  void read(std::vector<act::NameKey> keys, Found answered) override {
    turns_.begin([this, keys = std::move(keys), answered = std::move(answered)] {
      const act::FitNames fit(keys, [this](const act::NameKey& key) { return check(key); });
      const Found done = [this, fit, answered](auto found) {
        turns_.end(answered, fit.with(std::move(found)));
      };
      if (fit.keys().empty()) return done(std::vector<act::NameSet>{});
      // What stands in the file is not what the name server answers until it has loaded it.
      if (!reload_due_ || options_.reload.empty()) return read_file(fit.names(), done);
      run<bool>([this] { return is_new(); },
                [this, names = fit.names(), done](bool nothing_to_load) {
                  if (nothing_to_load) return read_file(names, done);
                  reload([this, names, done](Status status) {
                    if (!status) return done(status.error());
                    read_file(names, done);
                  });
                });
    });
  }

  void write(std::vector<act::NameSet> wanted, std::function<void(Status)> answered) override {
    turns_.begin([this, wanted = std::move(wanted), answered = std::move(answered)] {
      const std::function<void(Status)> done = [this, answered](Status status) {
        turns_.end(answered, std::move(status));
      };
      run<Result<Change>>([this, wanted] { return change(wanted); },
                          [this, done](Result<Change> changed) {
                            if (!changed) return done(changed.error());
                            if (*changed == Change::written) reload_due_ = true;
                            if (!reload_due_ || options_.reload.empty()) return done({});
                            reload(done);
                          });
    });
  }

  [[nodiscard]] act::ReadPeriods read_periods() const override { return often; }

 private:
  Status check(const act::NameKey& key) const {
    if (auto plain = act::must_be_plain(key); !plain) return plain;
    return act::must_be_in(options_.zone, key.name);
  }

  void read_file(std::vector<std::string> names, Found done) {
    run<Result<std::vector<act::NameSet>>>(
        [this, names = std::move(names)]() -> Result<std::vector<act::NameSet>> {
          if (auto few = check_count(names.size()); !few) return few.error();
          auto zone = load();
          if (!zone) return zone.error();
          return read_names(*zone, names);
        },
        std::move(done));
  }

  template <class T>
  void run(std::function<T()> work, std::function<void(T)> done) {
    auto result = std::make_shared<std::optional<T>>();
    worker_->run([work = std::move(work), result] { result->emplace(work()); },
                 [done = std::move(done), result] { done(std::move(**result)); });
  }

  // On the worker's thread, as the next three. Whether the file is still to be made. One that was
  // there and is gone may still be what the name server answers.
  bool is_new() {
    const auto info = files_->info(options_.file);
    return !info && may_be_new(info.error());
  }
  [[nodiscard]] bool may_be_new(const Error& error) const {
    return error.code == Errc::not_found && !seen_ && options_.if_missing == IfMissing::create;
  }

  Result<Zone> load() {
    auto text = files_->read_whole(options_.file, max_zone_bytes);
    seen_ = seen_ || text.ok();
    if (!text) {
      if (!may_be_new(text.error())) return text.error();
      text = new_zone({options_.zone, options_.name_server, options_.hostmaster});
    }
    return parse_zone(options_.file, std::move(*text), options_.zone);
  }

  Result<Change> change(const std::vector<act::NameSet>& wanted) {
    if (auto plain = act::plain_names(wanted); !plain) return plain.error();
    if (auto few = check_count(wanted.size()); !few) return few.error();
    auto zone = load();
    if (!zone) return zone.error();
    auto text = change_names(*zone, wanted);
    if (!text) return text.error();
    if (*text == zone->text && files_->info(options_.file)) return Change::none;
    // Never a file that could not be read back.
    if (auto again = parse_zone(options_.file, *text, options_.zone); !again) {
      return fail(Errc::internal, "the new text is wrong: " + again.error().message);
    }
    if (auto replaced = replace_file(options_.file, *text); !replaced) return replaced.error();
    seen_ = true;
    return Change::written;
  }

  Status check_count(std::size_t names) const {
    if (names <= max_names) return {};
    return fail(Errc::exhausted, options_.file + ": " + std::to_string(names) +
                                     " names at once, more than " + std::to_string(max_names));
  }

  void reload(std::function<void(Status)> done) {
    os::ProcessSpec spec;
    spec.argv = options_.reload;
    spec.deadline = reload_limit;
    reload_ = os::Process::run(
        loop_.io(), std::move(spec), [this, done = std::move(done)](Result<os::ExitStatus> ended) {
          Status status;
          if (!ended) status = ended.error();
          if (ended && !ended->success()) status = fail(Errc::unavailable, ended->describe());
          reload_due_ = !status.ok();
          if (status) return done(status);
          done(status.error().within(options_.file + " is written, but reloading failed"));
        });
  }

  const FileDnsOptions options_;
  os::AsioLoop& loop_;
  std::unique_ptr<FileSystem> files_;
  bool reload_due_ = true;  // nobody knows what was loaded before
  bool seen_ = false;       // the worker's: the file was there
  OneByOne turns_{loop_};   // nothing is read while a reload is under way
  std::unique_ptr<os::Process> reload_;
  std::unique_ptr<Worker> worker_;  // last: it ends before what its jobs use
};

}  // namespace

std::unique_ptr<act::DnsProvider> make_file_dns(FileDnsOptions options, os::AsioLoop& loop) {
  return std::make_unique<FileDns>(std::move(options), loop);
}

}  // namespace edgeherd::dns
