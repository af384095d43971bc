#include "agent/logs/sender.h"

#include <algorithm>
#include <cassert>

#include "common/crypto/digest.h"

namespace edgeherd::logs {

namespace {

constexpr Duration answer_limit = 15s;  // of the coordinator, to a request or a report
constexpr int most_tells = 4;           // reports of one PUT before asking anew
constexpr Duration retry_least = 1s;
constexpr Duration retry_most = 60s;
constexpr std::size_t object_limit = 512 * 1024 * 1024;
constexpr double slowest_bytes_per_second = 64.0 * 1024;
constexpr Duration put_least = 30s;

}  // namespace

Sender::Sender(Seams seams, Send send, Outcomes outcomes)
    : seams_(seams),
      send_(std::move(send)),
      outcomes_(std::move(outcomes)),
      backoff_(retry_least, retry_most) {}

Sender::~Sender() {
  seams_.loop.cancel(timer_);
}

void Sender::enter(Phase phase) {
  seams_.loop.cancel(timer_);
  timer_ = TimerId::none;
  phase_ = phase;
  ++round_;
}

void Sender::set_timer(Duration after, std::function<void()> work) {
  timer_ = seams_.loop.after(after, std::move(work));
}

void Sender::begin(SendItem item) {
  assert(idle());
  item_ = std::move(item);
  key_ = item_.put_under;
  tells_ = 0;
  enter(Phase::waiting);
  set_timer(Duration::zero(), [this] {
    if (item_.put_under.empty()) {
      ask();
    } else {
      tell();
    }
  });
}

void Sender::cancel() {
  enter(Phase::idle);
  item_ = SendItem{};
}

void Sender::hurry() {
  if (phase_ != Phase::waiting) return;
  backoff_.reset();
  enter(Phase::waiting);
  set_timer(Duration::zero(), [this] { hand_back(); });
}

void Sender::ask() {
  enter(Phase::asked);
  wire::UploadRequest request;
  request.seq = item_.seq;
  request.date = item_.packed.date;
  request.lines = item_.packed.lines;
  request.raw_bytes = item_.packed.raw_bytes;
  request.bytes = item_.packed.bytes;
  request.sha256 = item_.packed.sha256;
  request.md5 = item_.packed.md5;
  if (auto sent = send_(request); !sent) {
    try_later(sent.error().message);
    return;
  }
  set_timer(answer_limit, [this] { try_later("no grant from the coordinator"); });
}

void Sender::on_grant(const wire::UploadGrant& grant) {
  if (phase_ != Phase::asked || grant.seq != item_.seq) return;
  if (grant.url.empty()) {
    try_later("upload refused: " + grant.refusal);
    return;
  }
  key_ = grant.key;
  read_body(grant);
}

void Sender::read_body(wire::UploadGrant grant) {
  enter(Phase::reading);
  if (item_.path.empty()) {
    put(std::move(grant), item_.body);
    return;
  }
  struct Read {
    Result<std::string> body = std::string();
  };
  auto read = std::make_shared<Read>();
  FileSystem* const files = &seams_.files;
  seams_.worker.run(
      [read, files, path = item_.path, sha256 = item_.packed.sha256] {
        read->body = files->read_whole(path, object_limit);
        if (!read->body || crypto::to_hex(crypto::sha256(*read->body)) == sha256) return;
        read->body = fail(Errc::broken, path + " is not what was packed");
      },
      lifetime_.bind([this, read, round = round_, grant = std::move(grant)]() mutable {
        if (round != round_) return;
        if (!read->body) return body_unreadable(read->body.error());
        put(std::move(grant), std::move(*read->body));
      }));
}

void Sender::body_unreadable(const Error& error) {
  if (error.code != Errc::not_found && error.code != Errc::broken) {
    return try_later(error.message);
  }
  const std::uint64_t seq = item_.seq;
  cancel();
  outcomes_.spoilt(seq, error.message);
}

void Sender::put(wire::UploadGrant grant, std::string body) {
  if (auto noted = outcomes_.putting(item_.seq, key_); !noted) {
    return try_later(noted.error().message);
  }
  enter(Phase::putting);
  PutRequest request;
  request.url = std::move(grant.url);
  request.headers = std::move(grant.headers);
  request.deadline =
      put_least + from_seconds(static_cast<double>(body.size()) / slowest_bytes_per_second);
  request.body = std::move(body);
  seams_.uploader.put(std::move(request),
                      lifetime_.bind([this, round = round_](const Result<int>& status) {
                        if (round == round_) put_answered(status);
                      }));
}

void Sender::put_answered(const Result<int>& status) {
  constexpr int exists_already = 412;
  if (!status) {
    try_later("upload of segment " + std::to_string(item_.seq) + ": " + status.error().message);
    return;
  }
  // What exists already may be ours from before a crash: the coordinator finds out.
  if ((*status >= 200 && *status < 300) || *status == exists_already) {
    tells_ = 0;
    tell();
    return;
  }
  try_later("upload of segment " + std::to_string(item_.seq) + ": the archive answered " +
            std::to_string(*status));
}

void Sender::tell() {
  if (tells_ == most_tells) {
    try_later("no verdict from the coordinator");
    return;
  }
  ++tells_;
  enter(Phase::told);
  wire::UploadDone done;
  done.seq = item_.seq;
  done.key = key_;
  done.lines = item_.packed.lines;
  done.bytes = item_.packed.bytes;
  done.sha256 = item_.packed.sha256;
  (void)send_(done);  // unsent is as good as lost: the timer says it again
  set_timer(answer_limit, [this] { tell(); });
}

void Sender::on_verdict(const wire::UploadVerdict& verdict) {
  if (phase_ != Phase::told || verdict.seq != item_.seq) return;
  if (!verdict.stored && verdict.missing && !item_.put_under.empty()) {
    const std::uint64_t seq = item_.seq;
    cancel();
    outcomes_.missing(seq);
    return;
  }
  if (!verdict.stored) {
    try_later("segment " + std::to_string(item_.seq) + " was not accepted: " + verdict.reason);
    return;
  }
  const std::uint64_t seq = item_.seq;
  const std::string key = key_;
  cancel();
  backoff_.reset();
  outcomes_.stored(seq, key);
}

void Sender::try_later(const std::string& why) {
  ++failures_;
  enter(Phase::waiting);
  set_timer(backoff_.next(seams_.random), [this] { hand_back(); });
  outcomes_.trouble(why);
}

void Sender::hand_back() {
  const std::uint64_t seq = item_.seq;
  cancel();
  outcomes_.returned(seq);
}

}  // namespace edgeherd::logs
