#include "tests/sim/agent_logs.h"

#include <cassert>

#include <zlib.h>

#include "common/crypto/digest.h"
#include "tests/support/catch.h"

namespace edgeherd::sim {

SimNginx::SimNginx(SimLoop& loop, SimFileSystem& files, std::string log)
    : loop_(loop), files_(files), log_(std::move(log)) {
  restart();
}

void SimNginx::open(Worker& worker) {
  at_work_ = true;
  auto file = files_.open(log_, OpenMode::append);
  REQUIRE(file.ok());
  worker.file = std::move(*file);
  worker.inode = worker.file->info()->inode;
  REQUIRE(files_.sync_directory(log_.substr(0, log_.rfind('/'))).ok());
  at_work_ = false;
}

void SimNginx::restart() {
  for (Worker& worker : workers_) {
    worker.buffer.clear();
    worker.lines.clear();
    open(worker);
  }
}

void SimNginx::write_lines(int count) {
  for (int i = 0; i < count; ++i) {
    Worker& worker = workers_[next_line_ % 2];
    const std::string line = "1767225600.000 200 100 0.001 - " + std::to_string(next_line_++);
    worker.buffer += line + "\n";
    worker.lines.push_back(line);
  }
}

void SimNginx::flush(Worker& worker) {
  if (worker.buffer.empty() || !worker.file) return;
  at_work_ = true;
  const auto before = worker.file->info();
  REQUIRE(before.ok());
  if (worker.file->append(worker.buffer)) {
    REQUIRE(worker.file->sync().ok());
    written_.insert(worker.lines.begin(), worker.lines.end());
  } else {
    // A full disk: nginx drops the buffer. (That a part of it may have been written is a partial
    // line; the simulated one takes it back.)
    REQUIRE(worker.file->truncate(before->size).ok());
    unwritable_ += worker.lines.size();
  }
  worker.buffer.clear();
  worker.lines.clear();
  at_work_ = false;
}

void SimNginx::flush() {
  for (Worker& worker : workers_) flush(worker);
}

void SimNginx::reopen(Duration laggard) {
  flush(workers_[0]);
  open(workers_[0]);
  loop_.after(laggard, [this] {
    flush(workers_[1]);
    open(workers_[1]);
  });
}

void SimNginx::stop() {
  flush();
  for (Worker& worker : workers_) {
    worker.file.reset();
    worker.inode = 0;
  }
}

bool SimNginx::holds(std::uint64_t inode) const {
  for (const Worker& worker : workers_) {
    if (worker.inode == inode) return true;
  }
  return false;
}

void SimArchive::answer(std::function<void(logs::Shipper&)> reply) {
  loop_.after(20ms, [this, reply = std::move(reply)] {
    if (agent != nullptr) reply(*agent);
  });
}

Status SimArchive::take(const wire::Message& message) {
  if (mood == Mood::away) return fail(Errc::unavailable, "no coordinator");
  if (mood == Mood::silent) return {};
  if (const auto* request = std::get_if<wire::UploadRequest>(&message)) {
    requests_[request->seq] = *request;
    wire::UploadGrant grant;
    grant.seq = request->seq;
    grant.key = request->seq == 0 ? "n/manifest.json" : "n/" + std::to_string(request->seq) + ".gz";
    grant.url = "http://archive/" + std::to_string(request->seq);
    answer([grant](logs::Shipper& shipper) { shipper.on_grant(grant); });
  } else if (const auto* done = std::get_if<wire::UploadDone>(&message)) {
    wire::UploadVerdict verdict;
    verdict.seq = done->seq;
    const auto found = segments_.find(done->seq);
    const std::string none;
    const std::string& object = done->seq == 0             ? manifest_
                                : found != segments_.end() ? found->second
                                                           : none;
    verdict.missing = object.empty();
    verdict.stored = !object.empty() && crypto::to_hex(crypto::sha256(object)) == done->sha256;
    if (rejected_verdicts > 0) {
      --rejected_verdicts;
      verdict.stored = verdict.missing = false;
    }
    if (never_accepted.contains(done->seq)) verdict.stored = false;
    verdict.reason = verdict.stored ? "" : "the stored bytes differ";
    answer([verdict](logs::Shipper& shipper) { shipper.on_verdict(verdict); });
  }
  return {};
}

void SimArchive::put(logs::PutRequest request, EventLoop& process,
                     std::function<void(Result<int>)> done) {
  const std::uint64_t seq = std::stoull(request.url.substr(request.url.rfind('/') + 1));
  Result<int> status = 200;
  if (mood == Mood::away || mood == Mood::silent) {
    status = fail(Errc::unavailable, "connection refused");
  } else if (mood == Mood::expired_grants) {
    status = 403;
  } else if (seq == 0) {
    manifest_ = request.body;
    ++manifests_;
  } else if (segments_.contains(seq)) {
    status = 412;
  } else {
    const auto& asked = requests_.at(seq);
    REQUIRE(crypto::to_base64(crypto::md5(request.body)) == asked.md5);
    REQUIRE(request.body.size() == asked.bytes);
    segments_[seq] = request.body;
  }
  if (lost_answers > 0) {
    --lost_answers;
    status = fail(Errc::timeout, "no answer");
  }
  process.after(50ms, [status, done = std::move(done)] { done(status); });
}

std::vector<std::string> SimArchive::lines() const {
  std::vector<std::string> lines;
  for (const auto& [seq, object] : segments_) {
    const std::string text = gunzip(object);
    std::uint64_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) {
      const std::size_t end = text.find('\n', at);
      lines.push_back(text.substr(at, end - at));
      at = end == std::string::npos ? text.size() : end + 1;
    }
    CHECK(requests_.at(seq).lines == count);
    CHECK(requests_.at(seq).raw_bytes == text.size());
  }
  return lines;
}

SimShipper::SimShipper(SimLoop& loop, SimFileSystem& files, SimNginx& nginx, SimArchive& archive,
                       logs::ShipperConfig config, std::uint64_t seed)
    : nginx_(nginx), archive_(archive), process_(loop), worker_(process_, 10ms), random_(seed) {
  auto shipper = logs::Shipper::open(
      std::move(config),
      logs::ShipperSeams{process_, worker_, files, random_, *this, *this, *this});
  if (!shipper) {
    opened_ = shipper.error();
    return;
  }
  shipper_ = std::move(*shipper);
  archive_.agent = shipper_.get();
  shipper_->attach(this);
  shipper_->start();
}

SimShipper::~SimShipper() {
  archive_.agent = nullptr;
  process_.kill();
}

void SimShipper::run(const std::vector<std::string>&, Duration, std::function<void(Status)> done) {
  ++hooks_run;
  if (hook_result) nginx_.reopen(laggard);
  process_.after(30ms, [result = hook_result, done = std::move(done)] { done(result); });
}

void SimShipper::probe(std::uint64_t, std::uint64_t inode,
                       std::function<void(logs::Holders)> done) {
  process_.after(5ms, [this, inode, done = std::move(done)] {
    if (sight == Probe::blind) {
      done(logs::Holders::unknown);
    } else {
      done(nginx_.holds(inode) ? logs::Holders::some : logs::Holders::none);
    }
  });
}

std::string gunzip(const std::string& bytes) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  char out[4096];
  int state = Z_OK;
  while (state == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(out);
    stream.avail_out = sizeof out;
    state = inflate(&stream, Z_NO_FLUSH);
    text.append(out, sizeof out - stream.avail_out);
  }
  inflateEnd(&stream);
  REQUIRE(state == Z_STREAM_END);
  return text;
}

}  // namespace edgeherd::sim
