#include "coordinator/sim/world/viewers.h"

#include <algorithm>
#include <cmath>

namespace edgeherd::sim {

namespace {

constexpr double day_s = 24 * 3600;
constexpr double two_pi = 6.283185307179586;
constexpr std::int64_t redraw_every = 5;  // seconds

}  // namespace

std::string dns_name_of(const ZoneId& zone) {
  std::string label = zone.str();
  std::replace(label.begin(), label.end(), '/', '-');
  return label + ".edge.test";
}

Viewers::Viewers(SimLoop& world, const Scenario& scenario, SimDns& dns, Yard& yard,
                 SimRandom random)
    : world_(world), scenario_(scenario), dns_(dns), yard_(yard), random_(random) {
  for (const ZoneScenario& zone : scenario_.zones) {
    Crowd crowd;
    crowd.zone = &zone;
    crowd.name = dns_name_of(zone.id);
    draw_rate(crowd);
    by_many_names_ = by_many_names_ || zone.names == ZoneNames::all;
    crowds_.push_back(std::move(crowd));
  }
}

void Viewers::draw_rate(Crowd& crowd) {
  const ZoneScenario& zone = *crowd.zone;
  const double at = seconds(world_.clock().wall().time_since_epoch());
  const double phase = two_pi * (at - seconds(zone.peak_at)) / day_s;
  crowd.noise = 0.9 * crowd.noise + (random_.unit() - 0.5) * 0.9 * zone.noise;
  const double shape = 1 + zone.daily_swing * std::cos(phase) + crowd.noise;
  crowd.rate = std::max(0.0, zone.mean_rps * shape * crowd.factor);
}

void Viewers::ask_again(Crowd& crowd, std::size_t group) {
  const auto& now = dns_.addresses(crowd.name);
  crowd.answers[group].assign(now.begin(), now.end());
  crowd.shares.clear();
  for (const auto& answer : crowd.answers) {
    for (const std::string& address : answer) {
      crowd.shares[address] += 1.0 / static_cast<double>(groups * answer.size());
    }
  }
}

void Viewers::look_again(std::size_t group) {
  auto& answers = looked_[group];
  answers.clear();
  for (const auto& [key, set] : dns_.sets()) {
    for (const std::string& address : set.addresses) answers.emplace(address, key);
  }
  looked_at_.clear();
  for (const auto& known : looked_) {
    for (const auto& [address, key] : known) looked_at_.insert(address);
  }
}

void Viewers::few_more() {
  for (const std::string& address : looked_at_) {
    const Box* box = yard_.at(address);
    if ((box != nullptr && box->answers_viewers()) || !on_failure_) continue;
    for (const auto& answers : looked_) {
      const auto known = answers.find(address);
      if (known != answers.end()) on_failure_(ZoneId(to_string(known->second)), address);
    }
  }
}

void Viewers::second() {
  ++seconds_;
  const auto turn = static_cast<std::int64_t>(seconds(dns_ttl)) / static_cast<std::int64_t>(groups);
  if (by_many_names_) {
    if (seconds_ % turn == 0) look_again(static_cast<std::size_t>(seconds_ / turn) % groups);
    few_more();
  }
  for (Crowd& crowd : crowds_) {
    if (seconds_ % turn == 0) ask_again(crowd, static_cast<std::size_t>(seconds_ / turn) % groups);
    if (seconds_ % redraw_every == 0) draw_rate(crowd);
    asked_ += crowd.rate;
    double sent = 0;
    for (const auto& [address, share] : crowd.shares) {
      const double requests = crowd.rate * share;
      sent += requests;
      Box* box = yard_.at(address);
      if (box != nullptr && box->answers_viewers()) {
        overloaded_ += box->serve(requests, crowd.errors);
        continue;
      }
      unanswered_ += requests;
      if (on_failure_) on_failure_(crowd.zone->id, address);
    }
    unanswered_ += crowd.rate - sent;  // whose answer was empty
  }
  // Servers without viewers have their seconds, too.
  for (const auto& [vm, box] : yard_.all()) {
    if (box->idle_this_second()) (void)box->serve(0, 0);
  }
}

void Viewers::scale(const ZoneId& zone, double factor) {
  for (Crowd& crowd : crowds_) {
    if (crowd.zone->id == zone) crowd.factor *= factor;
  }
}

void Viewers::set_errors(const ZoneId& zone, double share) {
  for (Crowd& crowd : crowds_) {
    if (crowd.zone->id == zone) crowd.errors = share;
  }
}

double Viewers::errors(const ZoneId& zone) const {
  for (const Crowd& crowd : crowds_) {
    if (crowd.zone->id == zone) return crowd.errors;
  }
  return 0;
}

double Viewers::rate(const ZoneId& zone) const {
  for (const Crowd& crowd : crowds_) {
    if (crowd.zone->id == zone) return crowd.rate;
  }
  return 0;
}

}  // namespace edgeherd::sim
