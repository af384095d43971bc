#include "agent/logs/shipper.h"

#include <cassert>
#include <cstdio>

#include "agent/logs/shipper_state.h"

namespace edgeherd::logs {

namespace {

constexpr Duration event_pause = 60s;     // between two events of one code
constexpr std::size_t most_unheard = 16;  // events

}  // namespace

Shipper::State::State(ShipperConfig config, ShipperSeams seams)
    : config_(std::move(config)),
      seams_(seams),
      spool_(seams.files, config_.spool_directory, config_.access_log),
      reserve_(seams.files, config_.spool_directory, config_.reserve_bytes) {}

Status Shipper::State::open() {
  if (auto made = spool_.prepare(); !made) return made;
  std::vector<std::string> findings;
  if (auto opened = open_ledger(findings); !opened) return opened;
  if (auto done = spool_.recover(*ledger_, today(), findings); !done) return done;
  // Whether their processes had let go of them nobody knows any more.
  for (const auto& [seq, segment] : ledger_->segments()) {
    if (segment.packed) raws_to_close_[seq] = {segment, RawFate::held};
  }
  sender_ = std::make_unique<Sender>(
      Sender::Seams{seams_.loop, seams_.worker, seams_.files, seams_.random, seams_.uploader},
      [this](const wire::Message& message) -> Status {
        if (outlet_ == nullptr) return fail(Errc::unavailable, "no coordinator");
        return outlet_->send(message);
      },
      Sender::Outcomes{
          [this](std::uint64_t seq, const std::string& key) { return putting(seq, key); },
          [this](std::uint64_t seq, const std::string& key) { stored(seq, key); },
          [this](const std::string& what) { trouble(what); },
          [this](std::uint64_t seq) {
            last_tried_ = seq;
            advance();
          },
          [this](std::uint64_t seq, const std::string& why) { spoilt(seq, why); },
          [this](std::uint64_t seq) { missing(seq); }});
  for (const std::string& finding : findings) totals_.last_error = finding;
  findings_ = std::move(findings);
  measure_spool();
  return {};
}

Status Shipper::State::open_ledger(std::vector<std::string>& findings) {
  const auto open = [this]() -> Status {
    auto ledger = Ledger::open(seams_.files, spool_.ledger_path(), spool_.stored_list_path());
    if (!ledger) return ledger.error();
    ledger_ = std::move(*ledger);
    ledger_->on_full([this] { return reserve_.release(); });
    return {};
  };
  if (auto opened = open(); !opened) return opened;
  const std::string owner = ledger_->node();
  if (owner == config_.node.str()) return {};
  if (!owner.empty()) {
    ledger_.reset();
    const auto apart = spool_.move_apart(owner);
    if (!apart) return apart.error();
    log_moved_apart_ = true;
    findings.push_back("the spool and the access log were those of the node " + owner +
                       ", as in an image or on a cloned disk; they are in " + *apart + " now");
    if (auto opened = open(); !opened) return opened;
  }
  // On a full disk the next start does it.
  (void)ledger_->belongs_to(config_.node.str());
  return {};
}

void Shipper::State::start() {
  for (const std::string& finding : findings_)
    raise(Severity::alarm, "log_spool_repaired", finding);
  findings_.clear();
  // The crash may have come between rename and reopening.
  if (!ledger_->segments().empty() || log_moved_apart_) run_reopen();
  tick();
}

void Shipper::State::stop() {
  seams_.loop.cancel(timer_);
  sender_.reset();
}

void Shipper::State::tick() {
  timer_ = seams_.loop.after(config_.tick, [this] { tick(); });
  record_lost();
  record_stored();
  look_at_log();
  count_taken_away();
  if (now() >= next_reopen_) run_reopen();
  enforce_spool_limit();
  reserve_.keep(now());
  advance();
  compact_ledger();
  measure_spool();
}

void Shipper::State::advance() {
  close_raws();
  settle_next();
  send_next();
  check_flush();
}

std::string Shipper::State::today() const {
  using namespace std::chrono;
  const auto days = floor<std::chrono::days>(seams_.loop.clock().wall().time_since_epoch());
  const year_month_day date{sys_days{days}};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

void Shipper::State::raise(Severity severity, const std::string& code, const std::string& text) {
  totals_.last_error = text;
  const auto before = raised_.find(code);
  if (before != raised_.end() && now() - before->second < event_pause) return;
  raised_[code] = now();
  wire::Event event{severity == Severity::alarm ? "alarm" : "warning", code, text};
  if (outlet_ != nullptr) {
    outlet_->raise(std::move(event));
  } else if (unheard_.size() < most_unheard) {
    unheard_.push_back(std::move(event));
  }
}

void Shipper::State::attach(ShipperOutlet* outlet) {
  outlet_ = outlet;
  if (outlet_ == nullptr) return;
  for (wire::Event& event : std::exchange(unheard_, {})) outlet_->raise(std::move(event));
}

void Shipper::State::trouble(const std::string& what) {
  totals_.last_error = what;
}

void Shipper::State::answer(std::vector<Done>& waiting, const Status& status) {
  for (Done& done : std::exchange(waiting, {})) {
    if (done) seams_.loop.post([done = std::move(done), status] { done(status); });
  }
}

void Shipper::State::measure_spool() {
  totals_.spool_segments = ledger_->segments().size();
  totals_.spool_bytes = 0;
  for (const auto& [seq, segment] : ledger_->segments()) {
    if (segment.gone) continue;
    if (segment.packed) totals_.spool_bytes += segment.pack.bytes;
    if (segment.packed && !raws_to_close_.contains(seq) && !in_memory(seq)) continue;
    if (const auto raw = seams_.files.info(spool_.raw_path(seq))) totals_.spool_bytes += raw->size;
  }
}

ShipperTotals Shipper::State::totals() const {
  ShipperTotals totals = totals_;
  totals.spool_segments = ledger_->segments().size();
  totals.stored_segments = ledger_->stored_segments();
  totals.stored_lines = ledger_->stored_lines();
  totals.lines_lost = ledger_->lines_lost() + lost_unrecorded_;
  totals.upload_failures = sender_->failures();
  return totals;
}

void Shipper::State::add_lost_lines(std::uint64_t lines, const std::string& why) {
  if (lines == 0) return;
  lost_unrecorded_ += lines;
  lost_why_ = why;
  raise(Severity::alarm, "log_lines_lost", std::to_string(lines) + " log lines lost: " + why);
}

// On the tick, so that a stream of losses costs one entry a second.
void Shipper::State::record_lost() {
  if (lost_unrecorded_ == 0) return;
  if (ledger_->lost(lost_unrecorded_, lost_why_)) lost_unrecorded_ = 0;
}

Result<std::unique_ptr<Shipper>> Shipper::open(ShipperConfig config, ShipperSeams seams) {
  assert(config.segment_max_bytes > 0 && config.tick > Duration::zero());
  if (config.access_log.empty() || config.spool_directory.empty()) {
    return fail(Errc::invalid, "log shipping needs an access log and a spool directory");
  }
  auto state = std::make_shared<State>(std::move(config), seams);
  if (auto opened = state->open(); !opened) return opened.error();
  return std::unique_ptr<Shipper>(new Shipper(std::move(state)));
}

Shipper::Shipper(std::shared_ptr<State> state) : state_(std::move(state)) {}
Shipper::~Shipper() {
  state_->stop();
}

void Shipper::attach(ShipperOutlet* outlet) {
  state_->attach(outlet);
}
void Shipper::before_rotation(std::function<void()> handler) {
  state_->before_rotation = std::move(handler);
}
void Shipper::on_lines_read(
    std::function<std::optional<std::uint64_t>(std::uint64_t inode)> handler) {
  state_->lines_read = std::move(handler);
}
void Shipper::coordinator_ready() {
  state_->sender().hurry();
}
void Shipper::start() {
  state_->start();
}
void Shipper::rotate(Done done) {
  state_->rotate(std::move(done));
}
void Shipper::flush(Done done) {
  state_->flush(std::move(done));
}
void Shipper::end_flush() {
  state_->end_flush();
}
void Shipper::on_grant(const wire::UploadGrant& grant) {
  state_->sender().on_grant(grant);
}
void Shipper::on_verdict(const wire::UploadVerdict& verdict) {
  state_->sender().on_verdict(verdict);
}
void Shipper::add_lost_lines(std::uint64_t lines, const std::string& why) {
  state_->add_lost_lines(lines, why);
}
ShipperTotals Shipper::totals() const {
  return state_->totals();
}

}  // namespace edgeherd::logs
