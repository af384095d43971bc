#include "common/archive/sim_archive.h"

#include <algorithm>
#include <cassert>
#include <deque>

#include "common/crypto/digest.h"

namespace edgeherd::archive {

namespace {

constexpr Duration tolerated_skew = 15min;
constexpr std::string_view url_scheme = "sim://archive/";

}  // namespace

struct SimArchive::State : std::enable_shared_from_this<State> {
  explicit State(EventLoop& the_loop) : loop(the_loop) {}

  struct Granted {
    PutSpec spec;
    WallTime signed_at;
    Grant grant;
  };

  EventLoop& loop;
  std::map<std::string, std::string> objects;
  std::map<std::string, Granted> granted;  // by URL
  std::deque<PutFault> put_faults;
  Reach reach = Reach::up;
  Duration latency = 1ms;
  Duration deadline = 10s;
  Duration clock_offset{};
  Duration learned_offset{};
  Evidence evidence = Evidence::checksum;
  std::function<std::string(const std::string&, const std::string&)> alter_read;
  std::uint64_t grants = 0;
  std::uint64_t puts = 0;

  [[nodiscard]] WallTime now() const { return loop.clock().wall() + clock_offset; }
  [[nodiscard]] bool in_time(WallTime signed_at) const {
    return std::chrono::abs(now() - signed_at) <= tolerated_skew;
  }

  // One exchange with the store: `work` sees the state at the time the request arrives.
  template <class T>
  void exchange(std::function<T()> work, std::function<void(T)> done);
  template <class T>
  void later(Duration delay, std::function<void(T)> done, T answer);

  [[nodiscard]] Result<Verification> verify(const std::string& key, const Expected& expected) const;
  Result<int> put(const Grant& grant, const std::string& body);
  int keep(const PutSpec& spec, const std::string& body, PutFault fault);
};

template <class T>
void SimArchive::State::later(Duration delay, std::function<void(T)> done, T answer) {
  loop.after(delay, [weak = weak_from_this(), done = std::move(done),
                     answer = std::move(answer)]() mutable {
    if (weak.lock()) done(std::move(answer));
  });
}

template <class T>
void SimArchive::State::exchange(std::function<T()> work, std::function<void(T)> done) {
  if (reach == Reach::away) {
    return later<T>(latency, std::move(done), fail(Errc::unavailable, "the archive is away"));
  }
  if (reach == Reach::silent || latency > deadline) {
    return later<T>(deadline, std::move(done), fail(Errc::timeout, "the archive does not answer"));
  }
  loop.after(latency, [weak = weak_from_this(), work = std::move(work), done = std::move(done)] {
    const auto self = weak.lock();
    if (!self) return;
    // It may have gone away meanwhile.
    if (self->reach != Reach::up) {
      return done(fail(Errc::unavailable, "the archive broke the connection"));
    }
    // As the real client does, one correction of the clock is behind every request.
    self->learned_offset = self->clock_offset;
    done(work());
  });
}

Result<Verification> SimArchive::State::verify(const std::string& key,
                                               const Expected& expected) const {
  const auto found = objects.find(key);
  if (found == objects.end()) return Verification{};
  const std::string& body = found->second;
  if (body.size() != expected.bytes) return Verification{Verdict::different, Evidence::length};
  const bool same = crypto::to_hex(crypto::sha256(body)) == expected.sha256_hex;
  Evidence how = evidence;
  const std::string md5 = crypto::to_base64(crypto::md5(body));
  if (how == Evidence::etag && (expected.md5_base64 != md5 || !same)) how = Evidence::read;
  return Verification{same ? Verdict::stored : Verdict::different, how};
}

int SimArchive::State::keep(const PutSpec& spec, const std::string& body, PutFault fault) {
  if (fault == PutFault::full) return 507;
  if (fault == PutFault::slow_down) return 503;
  if (spec.overwrite == Overwrite::forbid && objects.contains(spec.key)) return 412;
  std::string kept = body;
  if (fault == PutFault::torn) kept.resize(kept.size() / 2);
  if (fault == PutFault::altered) std::for_each(kept.begin(), kept.end(), [](char& c) { ++c; });
  if (fault != PutFault::lost) objects[spec.key] = std::move(kept);
  ++puts;
  return 200;
}

Result<int> SimArchive::State::put(const Grant& grant, const std::string& body) {
  const auto found = granted.find(grant.url);
  if (found == granted.end() || found->second.grant.headers != grant.headers) return 403;
  const auto& [spec, signed_at, unused] = found->second;
  if (!in_time(signed_at) || now() >= signed_at + spec.validity) return 403;
  if (body.size() != spec.object.bytes ||
      crypto::to_hex(crypto::sha256(body)) != spec.object.sha256_hex ||
      crypto::to_base64(crypto::md5(body)) != spec.object.md5_base64) {
    return 400;
  }
  PutFault fault = PutFault::none;
  if (!put_faults.empty()) {
    fault = put_faults.front();
    put_faults.pop_front();
  }
  const int status = keep(spec, body, fault);
  if (fault == PutFault::lost_answer) return fail(Errc::timeout, "the archive's answer was lost");
  return status;
}

SimArchive::SimArchive(EventLoop& loop, std::string prefix)
    : LogArchive(std::move(prefix)), state_(std::make_shared<State>(loop)) {}

SimArchive::~SimArchive() = default;

Result<Grant> SimArchive::grant_put(const PutSpec& spec, WallTime now) {
  if (auto good = check_put(spec, prefix()); !good) return good.error();
  Grant grant;
  grant.url = std::string(url_scheme) + std::to_string(++state_->grants) + "/" + spec.key;
  grant.headers.emplace_back("Content-MD5", spec.object.md5_base64);
  if (spec.overwrite == Overwrite::forbid) grant.headers.emplace_back("If-None-Match", "*");
  // Grants that nobody can use any more make room: a long simulation signs many.
  std::erase_if(state_->granted, [now](const auto& entry) {
    return entry.second.signed_at + entry.second.spec.validity + tolerated_skew < now;
  });
  state_->granted[grant.url] = {spec, now + state_->learned_offset, grant};
  return grant;
}

void SimArchive::put(const Grant& grant, std::string body, PutDone done) {
  state_->exchange<Result<int>>(
      [state = state_.get(), grant, body = std::move(body)] { return state->put(grant, body); },
      std::move(done));
}

void SimArchive::verify(std::string key, Expected expected, VerifyDone done) {
  Status good = check_key(key);
  if (good) good = check_expected(key, expected);
  if (!good) return state_->later<Result<Verification>>(Duration{}, std::move(done), good.error());
  state_->exchange<Result<Verification>>(
      [state = state_.get(), key = std::move(key), expected = std::move(expected)] {
        return state->verify(key, expected);
      },
      std::move(done));
}

void SimArchive::read(std::string key, std::size_t limit, ReadDone done) {
  if (auto good = check_key(key); !good) {
    return state_->later<Result<std::string>>(Duration{}, std::move(done), good.error());
  }
  state_->exchange<Result<std::string>>(
      [state = state_.get(), key = std::move(key), limit]() -> Result<std::string> {
        const auto found = state->objects.find(key);
        if (found == state->objects.end())
          return fail(Errc::not_found, "'" + key + "' is not there");
        if (found->second.size() > limit) {
          return fail(Errc::exhausted,
                      "'" + key + "' is larger than " + std::to_string(limit) + " bytes");
        }
        return state->alter_read ? state->alter_read(key, found->second) : found->second;
      },
      std::move(done));
}

void SimArchive::list(std::string key_prefix, ListDone done) {
  if (key_prefix.empty() && !prefix().empty()) key_prefix = prefix() + "/";
  state_->exchange<Result<std::vector<ObjectInfo>>>(
      [state = state_.get(), key_prefix = std::move(key_prefix)] {
        std::vector<ObjectInfo> found;
        for (const auto& [key, body] : state->objects) {
          if (key.starts_with(key_prefix)) found.push_back({key, body.size()});
        }
        return found;
      },
      std::move(done));
}

void SimArchive::check(CheckDone done) {
  state_->exchange<Status>([] { return Status(); }, std::move(done));
}

void SimArchive::set_reach(Reach reach) {
  state_->reach = reach;
}
void SimArchive::set_latency(Duration latency) {
  state_->latency = latency;
}
void SimArchive::set_deadline(Duration deadline) {
  state_->deadline = deadline;
}
void SimArchive::set_clock_offset(Duration offset) {
  state_->clock_offset = offset;
}

void SimArchive::fail_puts(PutFault fault, int count) {
  state_->put_faults.insert(state_->put_faults.end(), static_cast<std::size_t>(count), fault);
}

void SimArchive::set_evidence(Evidence evidence) {
  assert(evidence == Evidence::checksum || evidence == Evidence::etag ||
         evidence == Evidence::read);
  state_->evidence = evidence;
}

bool SimArchive::corrupt(const std::string& key) {
  const auto found = state_->objects.find(key);
  if (found == state_->objects.end() || found->second.empty()) return false;
  ++found->second.front();
  return true;
}

bool SimArchive::remove(const std::string& key) {
  return state_->objects.erase(key) != 0;
}

void SimArchive::alter_reads(
    std::function<std::string(const std::string& key, const std::string& body)> how) {
  state_->alter_read = std::move(how);
}

const std::map<std::string, std::string>& SimArchive::objects() const {
  return state_->objects;
}
std::uint64_t SimArchive::puts() const {
  return state_->puts;
}

}  // namespace edgeherd::archive
