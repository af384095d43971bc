#include "coordinator/dns/digitalocean/digitalocean_dns.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "common/core/one_by_one.h"
#include "common/os/asio_loop.h"
#include "coordinator/dns/digitalocean/batch.h"
#include "coordinator/dns/digitalocean/records.h"
#include "coordinator/providers/digitalocean/pages.h"

namespace edgeherd::dns {

namespace {

using act::NameSet;
// A list takes a request for each page. A page in so long is what the names' share of an account
// (account_budget.h) bears for ever, and leaves as much of it to changes.
constexpr Duration awaited_page = 6s;
constexpr Duration quiet_page = 12s;
constexpr act::ReadPeriods most_often{3s, 1min};
// A write that follows a reading so soon rests on what was read.
constexpr Duration young = 10s;

using Records = Result<std::vector<CloudRecord>>;

class DigitalOceanDns final : public act::DnsProvider {
 public:
  DigitalOceanDns(DigitalOceanDnsOptions options, EventLoop& loop,
                  std::shared_ptr<budget::AccountBudget> budget, digitalocean::Transport transport)
      : options_(std::move(options)),
        loop_(loop),
        api_(digitalocean::endpoint_of(options_.access), std::move(budget), std::move(transport)) {}

  void read(std::vector<act::NameKey> keys,
            std::function<void(Result<std::vector<NameSet>>)> done) override {
    const auto call = api_.begin(budget::Kind::name);
    turns_.begin([this, call, keys = std::move(keys), done = std::move(done)] {
      using Answer = Result<std::vector<NameSet>>;
      const act::FitNames fit(keys, [this](const act::NameKey& key) {
        const Status plain = act::must_be_plain(key);
        return plain ? check(key.name) : plain;
      });
      newest_.reset();
      if (fit.keys().empty()) return turns_.end(done, fit.with(std::vector<NameSet>{}));
      fetch(call, fit.names(), [this, fit, done](const Records& records) {
        if (!records) return turns_.end(done, Answer(records.error()));
        const std::vector<std::string> names = fit.names();
        if (names.size() > 1) records_ = records->size();
        newest_ = Newest{*records, names.size() == 1 ? names.front() : "", loop_.clock().mono()};
        turns_.end(done, fit.with(answers_of(*records, names)));
      });
    });
  }

  void write(std::vector<NameSet> wanted, std::function<void(Status)> done) override {
    const auto call = api_.begin(budget::Kind::name);
    turns_.begin([this, call, wanted = std::move(wanted), done = std::move(done)] {
      const auto names = act::plain_names(wanted);
      const Status good = names ? check_all(*names) : Status(names.error());
      if (!good) return turns_.end(done, good);
      const auto newest = std::exchange(newest_, std::nullopt);
      const bool knows = newest && loop_.clock().mono() - newest->at <= young &&
                         (newest->of.empty() || *names == std::vector{newest->of});
      if (!knows) return list_and_change(call, wanted, *names, done);
      change(call, wanted, newest->records,
             [this, call, wanted, names = *names, done](const Status& made) {
               // Somebody else has taken away what was there then.
               const bool is_old = !made && made.error().code == Errc::not_found;
               if (is_old) return list_and_change(call, wanted, names, done);
               turns_.end(done, made);
             });
    });
  }

  [[nodiscard]] act::ReadPeriods read_periods() const override {
    const auto pages = static_cast<int>(records_ / digitalocean::entries_of_page) + 1;
    return {std::max(most_often.awaited, pages * awaited_page),
            std::max(most_often.quiet, pages * quiet_page)};
  }

 private:
  Status check(const std::string& name) const {
    if (!is_plain_name(name)) return fail(Errc::invalid, "\"" + name + "\" is no name");
    return act::must_be_in(options_.zone, name);
  }
  Status check_all(const std::vector<std::string>& names) const {
    for (const std::string& name : names) {
      if (auto good = check(name); !good) return good;
    }
    return {};
  }

  // The A records of the domain, or of one name of it.
  void fetch(const budget::Call& call, const std::vector<std::string>& names,
             std::function<void(Records)> done) {
    std::string target = records_path(options_.domain) + "?type=A";
    const bool all = names.size() != 1;
    if (!all) target += "&name=" + names.front();
    digitalocean::Pages<CloudRecord>::read(
        api_, call, std::move(target),
        [domain = options_.domain](std::string_view body, std::string_view) {
          return parse_records(body, domain);
        },
        all ? shown_ : nullptr, std::move(done));
  }

  void list_and_change(const budget::Call& call, const std::vector<NameSet>& wanted,
                       const std::vector<std::string>& names,
                       const std::function<void(Status)>& done) {
    fetch(call, names, [this, call, wanted, done](const Records& records) {
      if (!records) return turns_.end(done, Status(records.error()));
      change(call, wanted, *records, [this, done](const Status& made) { turns_.end(done, made); });
    });
  }

  void change(const budget::Call& call, const std::vector<NameSet>& wanted,
              const std::vector<CloudRecord>& records, const std::function<void(Status)>& made) {
    Steps steps;
    for (const NameSet& set : wanted) plan_change(records, set, options_.domain, steps);
    make(call,
         {std::move(steps.drop), std::move(steps.add), std::move(steps.adjust),
          std::move(steps.remove)},
         made);
  }

  // One step after the other.
  void make(const budget::Call& call, std::deque<std::vector<digitalocean::ApiRequest>> steps,
            const std::function<void(Status)>& made) {
    if (steps.empty()) return made(Status());
    auto step = std::move(steps.front());
    steps.pop_front();
    Batch::run(api_, call, std::move(step),
               [this, call, steps = std::move(steps), made](const Status& status) mutable {
                 if (!status) return made(status);
                 make(call, std::move(steps), made);
               });
  }

  // What was read last, until something is written.
  struct Newest {
    std::vector<CloudRecord> records;
    std::string of;  // the one name whose they are; empty: of all
    MonoTime at{};
  };

  const DigitalOceanDnsOptions options_;
  EventLoop& loop_;
  OneByOne turns_{loop_};  // calls wait for the one before them
  digitalocean::Api api_;
  std::size_t records_ = 0;  // of the domain, when it was listed last
  std::optional<Newest> newest_;
  std::shared_ptr<digitalocean::Shown> shown_ = std::make_shared<digitalocean::Shown>();
};

}  // namespace

bool is_plain_name(const std::string& name) {
  constexpr std::size_t longest = 253;
  if (name.empty() || name.size() > longest || name.front() == '.' || name.back() == '.' ||
      name.find("..") != std::string::npos) {
    return false;
  }
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

std::unique_ptr<act::DnsProvider> make_digitalocean_dns(
    DigitalOceanDnsOptions options, EventLoop& loop, std::shared_ptr<budget::AccountBudget> budget,
    digitalocean::Transport transport) {
  return std::make_unique<DigitalOceanDns>(std::move(options), loop, std::move(budget),
                                           std::move(transport));
}

std::unique_ptr<act::DnsProvider> make_digitalocean_dns(DigitalOceanDnsOptions options,
                                                        os::AsioLoop& loop,
                                                        budget::Accounts& accounts) {
  auto budget = accounts.of(digitalocean::account_of(options.access), options.access.limits);
  auto transport = digitalocean::transport_of(options.access, loop);
  return make_digitalocean_dns(std::move(options), static_cast<EventLoop&>(loop), std::move(budget),
                               std::move(transport));
}

}  // namespace edgeherd::dns
