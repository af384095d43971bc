#include "coordinator/dns/route53/route53_dns.h"

#include <map>
#include <set>
#include <utility>

#include "common/aws/budget.h"
#include "common/aws/signed_calls.h"
#include "common/core/one_by_one.h"
#include "coordinator/dns/route53/record_sets.h"

namespace edgeherd::dns {

namespace {

using act::NameKey;
using act::NameSet;

constexpr aws::Rate allowed{5, 5};           // requests a second of one account, over all its users
constexpr act::ReadPeriods often{3s, 1min};  // the whole hosted zone is listed
constexpr Duration longest_wait = 30s;
constexpr int most_pages = 1000;
constexpr std::size_t most_addresses_of_name = 400;  // Route 53's own limit of one set
constexpr std::size_t most_seen = 50'000;            // names that are remembered
constexpr std::size_t longest_part = 128;            // likewise, of a SetIdentifier

class Route53Dns final : public act::DnsProvider {
 public:
  Route53Dns(Route53Options options, EventLoop& loop, std::shared_ptr<aws::CredentialSource> source,
             http::Transport transport)
      : options_(std::move(options)),
        loop_(loop),
        budget_(loop, allowed),
        calls_(std::make_shared<aws::SignedCalls>(options_.endpoint,
                                                  aws::sigv4::Scope{"us-east-1", "route53"},
                                                  std::move(source), loop, std::move(transport))) {}

  void read(std::vector<NameKey> names,
            std::function<void(Result<std::vector<NameSet>>)> done) override {
    turns_.begin([this, names = std::move(names), done = std::move(done)] {
      const act::FitNames fit(names, [this](const NameKey& key) { return check(key); });
      if (fit.keys().empty()) return turns_.end(done, fit.with(std::vector<NameSet>{}));
      ask_for_changes(0, [this, fit, done] {
        look(fit.keys(), [this, fit, done](Result<std::vector<NameSet>> found) {
          if (found) leave_out_pending(*found);
          turns_.end(done, fit.with(std::move(found)));
        });
      });
    });
  }

  void write(std::vector<NameSet> wanted, std::function<void(Status)> done) override {
    turns_.begin([this, wanted = std::move(wanted), done = std::move(done)]() mutable {
      std::vector<NameKey> names;
      bool all_seen = true;
      for (const NameSet& set : wanted) {
        names.push_back(key_of(set));
        all_seen = all_seen && seen_.contains(names.back());
        if (set.addresses.size() > most_addresses_of_name) {
          return turns_.end(
              done,
              Status(fail(Errc::exhausted, set.name + ": " + std::to_string(set.addresses.size()) +
                                               " addresses; Route 53 takes " +
                                               std::to_string(most_addresses_of_name))));
        }
      }
      for (const NameKey& name : names) {
        if (auto good = check(name); !good) return turns_.end(done, good);
      }
      if (all_seen) return change(std::move(wanted), std::move(done));
      look(names, [this, wanted = std::move(wanted),
                   done = std::move(done)](const Result<std::vector<NameSet>>& found) mutable {
        const Status all = found ? act::all_read(*found) : Status(found.error());
        if (!all) return turns_.end(done, all);
        change(std::move(wanted), std::move(done));
      });
    });
  }

  // What is on its way is soon proven.
  [[nodiscard]] act::ReadPeriods read_periods() const override {
    return pending_.empty() ? often : act::ReadPeriods{often.awaited, often.awaited};
  }

 private:
  using Found = std::function<void(Result<std::vector<NameSet>>)>;
  struct Seen {
    NameSet set;
    std::string xml;  // of a part, as it was read; empty: as we wrote it
  };

  // That the name servers may not have yet.
  struct Pending {
    std::string id;
    std::set<NameKey> names;
    Error why;  // that is not known yet
  };

  Status check(const NameKey& key) const {
    if (auto inside = act::must_be_in(options_.zone, key.name); !inside) return inside;
    if (key.part.size() > longest_part) {
      return fail(Errc::invalid, key.name + ": the identifier " + key.part + " is too long");
    }
    return {};
  }

  // Lists the whole zone: that costs the same however many names there are.
  void look(const std::vector<NameKey>& names, Found done) {
    page({}, 1, std::make_shared<RecordSets>(),
         [this, names, done = std::move(done)](const Result<std::shared_ptr<RecordSets>>& all) {
           if (!all) return done(all.error());
           std::vector<NameSet> found;
           if (seen_.size() > most_seen) seen_.clear();  // a write reads what is not seen
           for (const NameKey& key : names) {
             seen_.erase(key);
             if (const auto wrong = in_the_way(**all, key)) {
               found.push_back(act::unread_name(key, *wrong));
               continue;
             }
             const auto set = (*all)->find(key);
             const bool there = set != (*all)->end();
             found.push_back(there ? set->second.addresses : NameSet{key.name, {}, {}, key.part});
             seen_[key] = {found.back(), there ? set->second.xml : ""};
           }
           done(std::move(found));
         });
  }

  void page(aws::sigv4::Pairs from, int number, std::shared_ptr<RecordSets> sets,
            std::function<void(Result<std::shared_ptr<RecordSets>>)> done) {
    aws::SignedCalls::Call call;
    call.method = "GET";
    call.query = from;
    call.query.emplace_back("maxitems", std::to_string(options_.page_size));
    ask(std::move(call), [this, from = std::move(from), number, sets = std::move(sets),
                          done = std::move(done)](const Result<std::string>& body) {
      if (!body) return done(body.error());
      auto read = parse_record_page(*body);
      if (!read) return done(read.error());
      for (RecordSet& set : read->sets) {
        if (set.kind == SetKind::other) continue;
        auto& kept = (*sets)[key_of(set)];
        if (kept.kind != SetKind::in_the_way) kept = std::move(set);
      }
      if (read->next.empty()) return done(sets);
      if (read->next == from || number == most_pages) {
        return done(fail(Errc::broken, "Route 53's list of record sets never ends"));
      }
      page(std::move(read->next), number + 1, sets, done);
    });
  }

  // One transaction after the other, until nothing of `wanted` is left.
  void change(std::vector<NameSet> wanted, std::function<void(Status)> done) {
    std::vector<SetChange> changes;
    std::size_t count = 0;
    while (!wanted.empty()) {
      const Seen& seen = seen_[key_of(wanted.back())];
      SetChange one{seen.set, wanted.back(), seen.xml};
      const bool same = one.before.addresses == one.wanted.addresses &&
                        (one.wanted.addresses.empty() || (one.before.ttl == one.wanted.ttl &&
                                                          one.before.route == one.wanted.route));
      const std::size_t size = one.before.addresses.size() + one.wanted.addresses.size();
      if (!same && count + size > most_addresses_in_batch) break;
      wanted.pop_back();
      if (same) continue;
      count += size;
      changes.push_back(std::move(one));
    }
    if (changes.empty()) return turns_.end(done, Status());
    auto batch = change_batch(changes);
    if (!batch) return turns_.end(done, Status(batch.error()));
    aws::SignedCalls::Call call;
    call.headers = {{"Content-Type", "application/xml"}};
    call.body = std::move(*batch);
    ask(std::move(call), [this, changes = std::move(changes), wanted = std::move(wanted),
                          done = std::move(done)](const Result<std::string>& body) mutable {
      for (const SetChange& one : changes) {
        // After an error nobody knows what the names are: they are read before the next write.
        if (body) seen_[key_of(one.wanted)] = {one.wanted, ""};
        if (!body) seen_.erase(key_of(one.wanted));
      }
      if (!body) return turns_.end(done, Status(body.error()));
      const auto info = parse_change(*body);
      if (info && info->progress == Progress::pending) await(info->id, changes);
      change(std::move(wanted), std::move(done));
    });
  }

  void await(const std::string& id, const std::vector<SetChange>& changes) {
    Pending pending{id, {}, not_yet(id)};
    for (const SetChange& one : changes) pending.names.insert(key_of(one.wanted));
    pending_.push_back(std::move(pending));
  }
  static Error not_yet(const std::string& id) {
    return fail(Errc::timeout, "Route 53 has not brought the change " + id +
                                   " to its name servers yet: they may answer as before it");
  }

  // Each change from that place on, one after the other: of those that the name servers have,
  // nothing is kept.
  void ask_for_changes(std::size_t place, std::function<void()> done) {
    if (place == pending_.size()) return done();
    aws::SignedCalls::Call call;
    call.method = "GET";
    call.path = "/2013-04-01/change/" + pending_[place].id;
    send(std::move(call), [this, place, done = std::move(done)](const Result<std::string>& body) {
      // One that is forgotten there was made long ago.
      const bool forgotten = !body && body.error().code == Errc::not_found;
      const auto info = body ? parse_change(*body) : std::nullopt;
      if (forgotten || (info && info->progress == Progress::in_sync)) {
        pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(place));
        return ask_for_changes(place, done);
      }
      Pending& pending = pending_[place];
      pending.why = not_yet(pending.id);
      if (!info) {
        const std::string why = body ? "an answer that names no change" : to_string(body.error());
        pending.why = fail(Errc::unavailable, "asking for the change " + pending.id + ": " + why);
      }
      ask_for_changes(place + 1, done);
    });
  }

  // What is listed of them is not yet what they answer.
  void leave_out_pending(std::vector<NameSet>& found) const {
    for (NameSet& set : found) {
      for (const Pending& one : pending_) {
        if (!set.unread && one.names.contains(key_of(set))) {
          set = act::unread_name(key_of(set), one.why);
        }
      }
    }
  }

  void ask(aws::SignedCalls::Call call, std::function<void(Result<std::string>)> done) {
    // A change goes to a path with a slash at its end, a list to one without.
    call.path = "/2013-04-01/hostedzone/" + options_.hosted_zone + "/rrset";
    if (call.method == "POST") call.path += "/";
    send(std::move(call), std::move(done));
  }

  // The body of a 200, in its turn.
  void send(aws::SignedCalls::Call call, std::function<void(Result<std::string>)> done) {
    call.deadline = options_.timeout;
    call.answer_limit = max_record_page_bytes;
    const auto start = [this, call = std::move(call), done]() mutable {
      calls_->send(std::move(call),
                   [this, alive = std::weak_ptr<int>(alive_), done](Result<http::Response> answer) {
                     if (alive.expired()) return;
                     if (!answer) return done(answer.error());
                     if (answer->status == 200) return done(std::move(answer->body));
                     const Error error = parse_route53_error(answer->status, answer->body);
                     if (error.code == Errc::throttled) budget_.exhausted();
                     done(error);
                   });
    };
    if (budget_.enter(longest_wait, start) == aws::Entry::taken) return;
    loop_.post([alive = std::weak_ptr<int>(alive_), done] {
      if (!alive.expired())
        done(fail(Errc::throttled, "too many requests to Route 53 wait already"));
    });
  }

  const Route53Options options_;
  EventLoop& loop_;
  aws::Budget budget_;
  std::shared_ptr<aws::SignedCalls> calls_;
  OneByOne turns_{loop_};         // calls wait for the one before them
  std::map<NameKey, Seen> seen_;  // as Route 53 had them when it answered last
  std::vector<Pending> pending_;  // the oldest first
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace

std::unique_ptr<act::DnsProvider> make_route53_dns(Route53Options options, EventLoop& loop,
                                                   std::shared_ptr<aws::CredentialSource> source,
                                                   http::Transport transport) {
  return std::make_unique<Route53Dns>(std::move(options), loop, std::move(source),
                                      std::move(transport));
}

}  // namespace edgeherd::dns
