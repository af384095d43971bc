#include "agent/health/checks.h"

#include <algorithm>
#include <utility>

#include "agent/health/evaluate.h"

namespace edgeherd::agent {

struct Checks::Entry {
  CheckSpec spec;
  CheckState state;
  bool running = false;
  bool has_passed = false;  // ever
  MonoTime started{};       // the newest run
  bool dropped = false;     // no longer configured: late answers are ignored
  TimerId next = TimerId::none;
  TimerId give_up = TimerId::none;
};

std::string_view to_string(HealthVerdict verdict) {
  switch (verdict) {
    case HealthVerdict::healthy:
      return "healthy";
    case HealthVerdict::degraded:
      return "degraded";
    case HealthVerdict::bad:
      return "bad";
    case HealthVerdict::unknown:
      break;
  }
  return "unknown";
}

Checks::Checks(CheckSeams seams) : seams_(std::move(seams)) {}

Checks::~Checks() {
  configure({});
}

void Checks::configure(std::vector<CheckSpec> specs) {
  std::vector<std::shared_ptr<Entry>> next;
  std::vector<std::shared_ptr<Entry>> fresh;
  for (auto& spec : specs) {
    const auto kept = std::ranges::find_if(
        entries_, [&](const auto& entry) { return entry && entry->spec == spec; });
    if (kept != entries_.end()) {
      next.push_back(std::exchange(*kept, nullptr));
      continue;
    }
    auto entry = std::make_shared<Entry>();
    entry->spec = std::move(spec);
    entry->state.name = entry->spec.name;
    entry->state.kind = kind_name(entry->spec.kind);
    fresh.push_back(entry);
    next.push_back(std::move(entry));
  }
  for (const auto& entry : entries_) {
    if (!entry) continue;
    entry->dropped = true;
    seams_.loop.cancel(entry->next);
    seams_.loop.cancel(entry->give_up);
  }
  entries_ = std::move(next);
  for (const auto& entry : fresh) start(entry);
}

void Checks::start(const std::shared_ptr<Entry>& entry) {
  entry->started = seams_.loop.clock().mono();
  schedule(entry);
  if (entry->running) return;  // its time-out has said so already
  entry->running = true;
  if (const auto* http = std::get_if<HttpCheck>(&entry->spec.kind)) return run_http(entry, *http);
  if (const auto* disk = std::get_if<DiskFreeCheck>(&entry->spec.kind)) {
    return run_disk_free(entry, *disk);
  }
  Finding finding;
  if (const auto* process = std::get_if<ProcessCheck>(&entry->spec.kind)) {
    finding = evaluate(*process, seams_.root);
  } else if (const auto* mount = std::get_if<MountCheck>(&entry->spec.kind)) {
    finding = evaluate(*mount, seams_.root);
  } else {
    finding = evaluate(std::get<ClockOffsetCheck>(entry->spec.kind));
  }
  entry->running = false;
  finish(entry, std::move(finding));
}

void Checks::schedule(const std::shared_ptr<Entry>& entry) {
  const Duration period =
      entry->has_passed ? entry->spec.period : std::min(entry->spec.period, unproven_period);
  entry->next = seams_.loop.at(entry->started + period, [this, entry] { start(entry); });
}

void Checks::run_http(const std::shared_ptr<Entry>& entry, const HttpCheck& check) {
  seams_.prober.get(check.url, entry->spec.timeout, [this, entry](Result<http::Response> answer) {
    if (entry->dropped) return;
    entry->running = false;
    const auto& spec = std::get<HttpCheck>(entry->spec.kind);
    if (answer) return finish(entry, evaluate(spec, *answer));
    const auto& error = answer.error();
    // What is wrong with the question says nothing about the server.
    const bool ours = error.code == Errc::invalid || error.code == Errc::internal;
    finish(entry, {ours ? Outcome::unknown : Outcome::fail, error.message});
  });
}

void Checks::run_disk_free(const std::shared_ptr<Entry>& entry, const DiskFreeCheck& check) {
  entry->give_up = seams_.loop.after(entry->spec.timeout, [this, entry] {
    const auto limit = std::to_string(millis(entry->spec.timeout)) + " ms";
    finish(entry, {Outcome::fail, "the file system did not answer within " + limit});
  });
  auto found = std::make_shared<Finding>();
  seams_.worker().run([check, found] { *found = evaluate(check); },
                      [this, entry, found] {
                        if (entry->dropped) return;
                        entry->running = false;
                        seams_.loop.cancel(entry->give_up);
                        finish(entry, std::move(*found));
                      });
}

void Checks::finish(const std::shared_ptr<Entry>& entry, Finding finding) {
  auto& state = entry->state;
  const bool changed = !state.at || state.finding.outcome != finding.outcome;
  state.finding = std::move(finding);
  state.at = seams_.loop.clock().mono();
  if (state.finding.outcome != Outcome::unknown) state.last_known = state.finding.outcome;
  if (state.finding.outcome == Outcome::pass && !std::exchange(entry->has_passed, true)) {
    seams_.loop.cancel(entry->next);
    schedule(entry);
  }
  if (changed && on_change_) on_change_(state);
}

Health Checks::health(MonoTime now) const {
  Health health;
  bool any_fails = false;
  bool any_never = false;
  bool any_unknown = false;
  for (const auto& entry : entries_) {
    auto state = entry->state;
    if (state.at && now - *state.at > 3 * entry->spec.period + entry->spec.timeout) {
      state.finding = {Outcome::unknown, "the last result is too old"};
    }
    const bool unknown = state.finding.outcome == Outcome::unknown;
    any_fails |= state.finding.outcome == Outcome::fail;
    any_unknown |= unknown;
    any_never |= unknown && state.last_known != Outcome::pass;
    const auto counts =
        unknown ? state.last_known.value_or(Outcome::unknown) : state.finding.outcome;
    if (counts != Outcome::pass) health.failing.push_back(state.name);
    health.checks.push_back(std::move(state));
  }
  health.ready = health.failing.empty();
  health.verdict = any_fails     ? HealthVerdict::bad
                   : any_never   ? HealthVerdict::unknown
                   : any_unknown ? HealthVerdict::degraded
                                 : HealthVerdict::healthy;
  return health;
}

}  // namespace edgeherd::agent
