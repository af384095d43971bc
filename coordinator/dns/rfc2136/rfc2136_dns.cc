#include "coordinator/dns/rfc2136/rfc2136_dns.h"

#include <map>
#include <optional>
#include <utility>

#include "common/core/one_by_one.h"
#include "common/os/asio_loop.h"
#include "common/os/real.h"
#include "coordinator/dns/rfc2136/tsig.h"
#include "coordinator/dns/rfc2136/update.h"

namespace edgeherd::dns {

namespace {

using act::NameSet;

constexpr act::ReadPeriods often{3s, 5s};
constexpr std::size_t max_key_file_bytes = 64 * 1024;
constexpr std::size_t max_names = 10'000;         // in one call
constexpr std::size_t asked_at_once = 100;        // questions on one connection
constexpr std::size_t changed_bytes = 48 * 1024;  // of records in one transaction, about

using Answers = Result<std::vector<DnsMessage>>;

std::size_t bytes_of(const NameChange& change) {
  const std::size_t records = change.before.addresses.size() + change.wanted.addresses.size() + 2;
  return records * (change.wanted.name.size() + 16);
}

class Rfc2136Dns final : public act::DnsProvider {
 public:
  Rfc2136Dns(Rfc2136Options options, os::AsioLoop& loop, Random& random)
      : options_(std::move(options)),
        loop_(loop),
        random_(random),
        files_(os::make_file_system()),
        worker_(os::make_worker(loop)) {}
  ~Rfc2136Dns() override {
    if (conversation_) conversation_->abandon();
  }

  void read(std::vector<act::NameKey> keys,
            std::function<void(Result<std::vector<NameSet>>)> done) override {
    turns_.begin([this, keys = std::move(keys), done = std::move(done)]() mutable {
      auto names = act::plain_names(keys);
      const Status good = names ? check(*names) : Status(names.error());
      if (!good) return turns_.end(done, Result<std::vector<NameSet>>(good.error()));
      read_rest(std::move(*names), {}, [this, done = std::move(done)](auto found) {
        if (found) keep(*found);
        turns_.end(done, std::move(found));
      });
    });
  }

  void write(std::vector<NameSet> wanted, std::function<void(Status)> done) override {
    turns_.begin([this, wanted = std::move(wanted), done = std::move(done)]() mutable {
      const auto names = act::plain_names(wanted);
      const Status good = names ? check(*names) : Status(names.error());
      if (!good) return turns_.end(done, good);
      std::vector<std::string> unread;
      for (const std::string& name : *names) {
        if (!seen_.contains(name)) unread.push_back(name);
      }
      read_rest(std::move(unread), {},
                [this, wanted = std::move(wanted), done = std::move(done)](auto found) mutable {
                  if (!found) return turns_.end(done, Status(found.error()));
                  keep(*found);
                  change_rest(std::move(wanted), std::move(done));
                });
    });
  }

  [[nodiscard]] act::ReadPeriods read_periods() const override { return often; }

 private:
  Status check(const std::vector<std::string>& names) const {
    if (names.size() > max_names) {
      return fail(Errc::exhausted, std::to_string(names.size()) + " names at once, more than " +
                                       std::to_string(max_names));
    }
    for (const std::string& name : names) {
      if (auto good = check_name(name); !good) return good;
      if (name != options_.zone && !name.ends_with("." + options_.zone)) {
        return fail(Errc::invalid, name + " is not in the zone " + options_.zone);
      }
    }
    return {};
  }

  void keep(const std::vector<NameSet>& found) {
    for (const NameSet& set : found) seen_[set.name] = set;
  }

  // Reads `names` in groups; `found` has those before them.
  void read_rest(std::vector<std::string> names, std::vector<NameSet> found,
                 std::function<void(Result<std::vector<NameSet>>)> done) {
    const std::size_t first = found.size();
    if (first == names.size()) return done(std::move(found));
    std::vector<DnsMessage> queries;
    for (std::size_t i = first; i < names.size() && i < first + asked_at_once; ++i) {
      queries.push_back(query_of(names[i]));
    }
    ask(std::move(queries), [this, names = std::move(names), found = std::move(found),
                             done = std::move(done)](Answers answers) mutable {
      if (!answers) return done(answers.error());
      for (const DnsMessage& answer : *answers) {
        auto set = names_of(answer, names[found.size()]);
        if (!set) return done(set.error().within("name server " + options_.server.text()));
        found.push_back(std::move(*set));
      }
      read_rest(std::move(names), std::move(found), std::move(done));
    });
  }

  // One transaction after the other, until nothing of `wanted` is left.
  void change_rest(std::vector<NameSet> wanted, std::function<void(Status)> done) {
    std::vector<NameChange> changes;
    std::size_t bytes = 0;
    while (!wanted.empty() && bytes < changed_bytes) {
      NameChange change{seen_[wanted.back().name], wanted.back()};
      const bool same = change.before.addresses == change.wanted.addresses &&
                        (change.wanted.addresses.empty() || change.before.ttl == change.wanted.ttl);
      if (!same) bytes += bytes_of(change);
      wanted.pop_back();
      if (!same) changes.push_back(std::move(change));
    }
    if (changes.empty()) return turns_.end(done, Status());
    auto update = update_of(options_.zone, changes);
    if (!update) return turns_.end(done, Status(update.error()));
    ask({std::move(*update)}, [this, changes = std::move(changes), wanted = std::move(wanted),
                               done = std::move(done)](Answers answers) mutable {
      Status status = answers ? error_of(answers->front()) : Status(answers.error());
      for (const NameChange& change : changes) {
        // After an error nobody knows what the names are: they are read before the next write.
        if (status) seen_[change.wanted.name] = change.wanted;
        if (!status) seen_.erase(change.wanted.name);
      }
      if (!answers) return turns_.end(done, status);
      if (!status)
        return turns_.end(done,
                          Status(status.error().within("name server " + options_.server.text())));
      change_rest(std::move(wanted), std::move(done));
    });
  }

  void ask(std::vector<DnsMessage> messages, std::function<void(Answers)> done) {
    auto key = std::make_shared<Result<TsigKey>>(fail(Errc::internal, "not read"));
    worker_->run([this, key] { *key = read_key(); },
                 [this, key, messages = std::move(messages), done = std::move(done)]() mutable {
                   if (!*key) return done(key->error());
                   send(std::move(messages), std::move(**key), std::move(done));
                 });
  }

  // On the worker's thread.
  Result<TsigKey> read_key() {
    auto text = files_->read_whole(options_.key_file, max_key_file_bytes);
    if (!text) return text.error();
    return parse_key_file(options_.key_file, *text);
  }

  void send(std::vector<DnsMessage> messages, TsigKey key, std::function<void(Answers)> done) {
    std::vector<std::string> questions;
    std::vector<std::string> macs;
    auto id = static_cast<std::uint16_t>(random_.u64());
    for (DnsMessage& message : messages) {
      message.id = id++;
      const auto bytes = encode(message);
      if (!bytes) return done(bytes.error());
      Signed made = sign(*bytes, key, loop_.clock().wall());
      questions.push_back(std::move(made.bytes));
      macs.push_back(std::move(made.mac));
    }
    conversation_ =
        Conversation::start(loop_, options_.server, std::move(questions), options_.timeout,
                            [this, key = std::move(key), macs = std::move(macs),
                             done = std::move(done)](Result<std::vector<std::string>> answers) {
                              conversation_ = nullptr;
                              if (!answers) return done(answers.error());
                              done(verified(*answers, key, macs));
                            });
  }

  Answers verified(const std::vector<std::string>& answers, const TsigKey& key,
                   const std::vector<std::string>& macs) {
    std::vector<DnsMessage> messages;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      auto message = decode(answers[i]);
      Status good = message ? verify(answers[i], *message, key, macs[i], loop_.clock().wall())
                            : Status(message.error());
      if (good && !message->reply) good = fail(Errc::broken, "a question for an answer");
      if (!good) return good.error().within("name server " + options_.server.text());
      messages.push_back(std::move(*message));
    }
    return messages;
  }

  const Rfc2136Options options_;
  os::AsioLoop& loop_;
  Random& random_;
  OneByOne turns_{loop_};                // calls wait for the one before them
  std::map<std::string, NameSet> seen_;  // as the server had them when it answered last
  std::shared_ptr<Conversation> conversation_;
  std::unique_ptr<FileSystem> files_;
  std::unique_ptr<Worker> worker_;  // last: it ends before what its jobs use
};

}  // namespace

std::unique_ptr<act::DnsProvider> make_rfc2136_dns(Rfc2136Options options, os::AsioLoop& loop,
                                                   Random& random) {
  return std::make_unique<Rfc2136Dns>(std::move(options), loop, random);
}

}  // namespace edgeherd::dns
