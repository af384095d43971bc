#include "agent/app/sampler.h"

#include <utility>

namespace edgeherd::agent {

namespace {

// The address was looked at when the configuration was read.
EdgeFilter edge_filter(const AgentConfig& config) {
  EdgeFilter edge{config.edge_ports, std::nullopt};
  if (auto address = parse_address(config.edge_address)) edge.address = *address;
  return edge;
}

// nginx writes up to its buffer (64 KiB as documented) at once: with less room than a few of these
// a line may fail to be written.
constexpr std::uint64_t least_room_bytes = 1024 * 1024;

}  // namespace

Sampler::Sampler(const AgentConfig& config, FileSystem& files, Prober& prober, const Clock& clock)
    : files_(files), collectors_(make_box_collectors({.root = "/", .edge = edge_filter(config)})) {
  if (!config.stub_status.empty()) {
    stub_status_ = std::make_unique<StubStatusCollector>(prober, clock, config.stub_status);
  }
  if (!config.access_log.empty()) {
    log_directory_ = config.access_log.substr(0, config.access_log.rfind('/') + 1);
    logs::TailerConfig tail;
    tail.access_log = config.access_log;
    tail.state_file = config.state_dir + "/tail.position";
    tail.format = config.log_format;
    tailer_ = std::make_unique<logs::Tailer>(files, std::move(tail));
  }
}

Sampler::~Sampler() = default;

void Sampler::sample(MonoTime now, NodeView& view) {
  Reading reading;
  reading.at = now;
  for (const auto& collector : collectors_) collector->collect(now, reading);
  if (stub_status_) stub_status_->collect(now, reading);
  view.reading = reading;
  if (tailer_) read_log(now, view);
  view.history.add(view.reading);
}

void Sampler::read_log(MonoTime now, NodeView& view) {
  tailer_->poll(now);
  const auto& counters = tailer_->counters();
  const auto room = room_for_log();
  view.log_trouble = trouble_of_log(room);
  if (stub_status_ && stub_status_->newest() && stub_status_->newest()->at != stub_seen_) {
    const auto& stub = *stub_status_->newest();
    stub_seen_ = stub.at;
    const logs::StubReading reading{stub.requests, stub.in_flight, stub.probes,
                                    static_cast<std::uint64_t>(unix_millis(stub.wall))};
    lost_lines_.observe(
        stub.at, reading, [this](std::uint64_t unix_ms) { return tailer_->lines_until(unix_ms); },
        room);
  }
  log_seen_ = log_seen_ || tailer_->live();
  if (!log_seen_) return;  // no file yet, or its backlog is being read: nothing is known of now

  requests_.feed(now, counters.requests);
  errors_.feed(now, counters.status_classes[4]);
  recent_.observe(now, tailer_->latency());
  Traffic traffic;
  traffic.requests_total = counters.requests;
  traffic.body_bytes_total = counters.bytes_sent;
  traffic.status_classes = counters.status_classes;
  traffic.foreign_lines_total = counters.foreign_lines + counters.long_lines;
  if (counters.requests_until_ms > 0) traffic.newest_unix_ms = counters.requests_until_ms;
  if (view.log_trouble.empty()) {
    traffic.requests_per_s = requests_.per_second();
    traffic.errors_per_s = errors_.per_second();
  }
  traffic.latency_p50_s = recent_.quantile(0.50);
  traffic.latency_p99_s = recent_.quantile(0.99);
  view.reading.traffic = traffic;
  view.log_read_at = now;
  view.latency = tailer_->latency();
}

// What makes figures of the log too low.
std::string Sampler::trouble_of_log(logs::DiskRoom room) const {
  if (const auto& trouble = tailer_->trouble()) return trouble->message;
  if (room == logs::DiskRoom::ample) return "";
  return log_directory_ + ": the disk is full or read-only: lines may be missing";
}

// A disk that cannot be asked counts as full: a loss may then be happening. One that is read-only
// has no free bytes.
logs::DiskRoom Sampler::room_for_log() const {
  const auto free = files_.free_bytes(log_directory_.empty() ? "." : log_directory_);
  return free && *free >= least_room_bytes ? logs::DiskRoom::ample : logs::DiskRoom::full;
}

std::uint64_t Sampler::lines_truncated() const {
  return tailer_ ? tailer_->counters().truncated_lines : 0;
}

std::optional<std::uint64_t> Sampler::lines_of(std::uint64_t inode) const {
  return tailer_ ? tailer_->lines_of(inode) : std::nullopt;
}

const SparseSketch& Sampler::latency() const {
  static const SparseSketch none;
  return tailer_ ? tailer_->latency() : none;
}

void Sampler::save() {
  if (tailer_) tailer_->save();
}

}  // namespace edgeherd::agent
