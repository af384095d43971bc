#include "coordinator/dns/rfc2136/rfc2136_dns.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "common/core/one_by_one.h"
#include "common/os/asio_loop.h"
#include "common/os/real.h"
#include "coordinator/dns/rfc2136/tsig.h"
#include "coordinator/dns/rfc2136/update.h"
#include "coordinator/dns/rfc2136/wildcard.h"

namespace edgeherd::dns {

namespace {

using act::NameSet;

constexpr act::ReadPeriods often{3s, 5s};
constexpr std::size_t max_key_file_bytes = 64 * 1024;
constexpr std::size_t max_names = 10'000;         // in one call
constexpr std::size_t most_seen = 50'000;         // names that are remembered
constexpr std::ptrdiff_t asked_at_once = 100;     // questions on one connection
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
      const act::FitNames fit(keys, [this](const act::NameKey& key) {
        const Status plain = act::must_be_plain(key);
        return plain ? check(key.name) : plain;
      });
      if (fit.keys().empty()) return turns_.end(done, fit.with(std::vector<NameSet>{}));
      if (auto few = check_count(keys.size()); !few) {
        return turns_.end(done, Result<std::vector<NameSet>>(few.error()));
      }
      read_names(fit.names(), [this, fit, done = std::move(done)](auto found) {
        if (found) keep(*found);
        turns_.end(done, fit.with(std::move(found)));
      });
    });
  }

  void write(std::vector<NameSet> wanted, std::function<void(Status)> done) override {
    turns_.begin([this, wanted = std::move(wanted), done = std::move(done)]() mutable {
      const auto names = act::plain_names(wanted);
      const Status good = names ? check_all(*names) : Status(names.error());
      if (!good) return turns_.end(done, good);
      std::vector<std::string> unread;
      for (const std::string& name : *names) {
        if (!seen_.contains(name)) unread.push_back(name);
      }
      read_names(std::move(unread),
                 [this, wanted = std::move(wanted), done = std::move(done)](auto found) mutable {
                   if (!found) return turns_.end(done, Status(found.error()));
                   keep(*found);
                   if (auto all = act::all_read(*found); !all) return turns_.end(done, all);
                   change_rest(std::move(wanted), std::move(done));
                 });
    });
  }

  [[nodiscard]] act::ReadPeriods read_periods() const override { return often; }

 private:
  static Status check_count(std::size_t names) {
    if (names <= max_names) return {};
    return fail(Errc::exhausted,
                std::to_string(names) + " names at once, more than " + std::to_string(max_names));
  }
  Status check(const std::string& name) const {
    if (auto good = check_name(name); !good) return good;
    return act::must_be_in(options_.zone, name);
  }
  Status check_all(const std::vector<std::string>& names) const {
    if (auto few = check_count(names.size()); !few) return few;
    for (const std::string& name : names) {
      if (auto good = check(name); !good) return good;
    }
    return {};
  }

  void keep(const std::vector<NameSet>& found) {
    if (seen_.size() > most_seen) seen_.clear();  // a write reads what is not seen
    for (const NameSet& set : found) {
      seen_.erase(set.name);
      if (!set.unread) seen_.emplace(set.name, set);
    }
  }

  using Found = std::function<void(Result<std::vector<NameSet>>)>;

  void read_names(std::vector<std::string> names, Found done) {
    if (zone_is_there_) return read_addresses(std::move(names), std::move(done));
    ask({question_of_zone(options_.zone)},
        [this, names = std::move(names), done = std::move(done)](Answers answers) mutable {
          if (!answers) return done(answers.error());
          if (const Status has = has_zone(answers->front(), options_.zone); !has) {
            return done(of_server(has.error()));
          }
          zone_is_there_ = true;
          read_addresses(std::move(names), std::move(done));
        });
  }

  void read_addresses(std::vector<std::string> names, Found done) {
    std::vector<DnsMessage> queries;
    for (const std::string& name : names) queries.push_back(query_of(name));
    ask_all(std::move(queries), {},
            [this, names = std::move(names), done = std::move(done)](Answers answers) mutable {
              if (!answers) return done(answers.error());
              find_copies(std::move(names), std::move(*answers), std::move(done));
            });
  }

  // Of the names that a wildcard of the zone may have answered for, it is asked whether they are
  // there.
  void find_copies(std::vector<std::string> names, std::vector<DnsMessage> answers, Found done) {
    std::set<std::string> above;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (answers[i].answers.empty()) continue;
      for (std::string& one : wildcards_above(names[i], options_.zone))
        above.insert(std::move(one));
    }
    std::vector<std::string> wildcards(above.begin(), above.end());
    std::vector<DnsMessage> queries;
    for (const std::string& wildcard : wildcards) queries.push_back(query_of(wildcard));
    ask_all(std::move(queries), {},
            [this, names = std::move(names), answers = std::move(answers),
             wildcards = std::move(wildcards), done = std::move(done)](Answers theirs) mutable {
              if (!theirs) return done(theirs.error());
              std::vector<std::size_t> doubtful;
              for (std::size_t i = 0; i < names.size(); ++i) {
                for (std::size_t j = 0; j < wildcards.size(); ++j) {
                  if (!may_be_copy({names[i], answers[i]}, {wildcards[j], (*theirs)[j]})) continue;
                  doubtful.push_back(i);
                  break;
                }
              }
              drop_copies(std::move(names), std::move(answers), std::move(doubtful),
                          std::move(done));
            });
  }

  void drop_copies(std::vector<std::string> names, std::vector<DnsMessage> answers,
                   std::vector<std::size_t> doubtful, Found done) {
    std::vector<DnsMessage> questions;
    for (const std::size_t i : doubtful) {
      questions.push_back(question_of_own(options_.zone, {names[i], answers[i]}));
    }
    ask_all(std::move(questions), {},
            [this, names = std::move(names), answers = std::move(answers),
             doubtful = std::move(doubtful), done = std::move(done)](Answers own) mutable {
              if (!own) return done(own.error());
              for (std::size_t i = 0; i < doubtful.size(); ++i) {
                const auto has = own_of((*own)[i]);
                if (!has) return done(of_server(has.error().within(names[doubtful[i]])));
                if (*has == Own::none) answers[doubtful[i]].answers.clear();
              }
              done(sets_of(names, answers));
            });
  }

  std::vector<NameSet> sets_of(const std::vector<std::string>& names,
                               const std::vector<DnsMessage>& answers) const {
    std::vector<NameSet> sets;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto set = names_of(answers[i], names[i]);
      sets.push_back(set ? *set : act::unread_name(names[i], of_server(set.error())));
    }
    return sets;
  }

  [[nodiscard]] Error of_server(const Error& error) const {
    return error.within("name server " + options_.server.text());
  }

  // In groups; `answers` are those of the messages before them.
  void ask_all(std::vector<DnsMessage> messages, std::vector<DnsMessage> answers,
               std::function<void(Answers)> done) {
    const auto first = static_cast<std::ptrdiff_t>(answers.size());
    const auto left = static_cast<std::ptrdiff_t>(messages.size()) - first;
    if (left == 0) return done(std::move(answers));
    const auto begin = messages.begin() + first;
    std::vector<DnsMessage> group(begin, begin + std::min(left, asked_at_once));
    ask(std::move(group), [this, messages = std::move(messages), answers = std::move(answers),
                           done = std::move(done)](Answers more) mutable {
      if (!more) return done(more.error());
      std::move(more->begin(), more->end(), std::back_inserter(answers));
      ask_all(std::move(messages), std::move(answers), std::move(done));
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
      if (!status) return turns_.end(done, Status(of_server(status.error())));
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
  bool zone_is_there_ = false;           // asked until it is
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
