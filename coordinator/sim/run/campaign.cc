#include "coordinator/sim/run/campaign.h"

#include <algorithm>
#include <set>

namespace edgeherd::sim {

namespace {

// Seeds from first to last that are not known yet.
class Seeds {
 public:
  Seeds(const CampaignOrder& order, std::set<std::uint64_t> known)
      : order_(order), known_(std::move(known)), next_(order.first) {}

  std::optional<Task> take() {
    while (!over_) {
      const std::uint64_t seed = next_;
      over_ = seed == order_.last;
      ++next_;
      if (!known_.contains(seed)) return Task{generate(seed, order_.kind.size), ""};
    }
    return std::nullopt;
  }

 private:
  const CampaignOrder& order_;
  const std::set<std::uint64_t> known_;
  std::uint64_t next_;
  bool over_ = false;
};

}  // namespace

Totals totals_of(const std::vector<Outcome>& outcomes) {
  Totals totals;
  for (const Outcome& outcome : outcomes) {
    ++totals.seeds;
    if (outcome.violation) ++totals.violations;
    totals.node_hours += outcome.node_hours;
    totals.simulated += outcome.simulated;
    totals.events += outcome.events;
    totals.launches += outcome.launches;
    totals.removals += outcome.removals;
    for (const auto& [kind, count] : outcome.faults) totals.faults[kind] += count;
    totals.cpu += outcome.cpu;
  }
  return totals;
}

Result<Campaign> run_campaign(const CampaignOrder& order, FileSystem& files, const Clock& clock,
                              const OnProgress& on_progress) {
  const MonoTime begun = clock.mono();
  std::map<std::uint64_t, Outcome> outcomes;
  std::unique_ptr<ResultsFile> results;
  if (!order.resume.empty()) {
    auto opened = ResultsFile::open(files, order.resume, order.kind);
    if (!opened) return opened.error();
    results = std::move(*opened);
    for (Outcome& outcome : results->take_outcomes()) {
      const std::uint64_t seed = outcome.seed;
      if (seed >= order.first && seed <= order.last) outcomes.insert_or_assign(seed, outcome);
    }
  }
  Campaign campaign;
  campaign.skipped = outcomes.size();
  Progress progress{Stage::seeds, campaign.skipped, order.last - order.first + 1, 0};
  std::set<std::uint64_t> known;
  for (const auto& [seed, outcome] : outcomes) {
    known.insert(seed);
    if (outcome.violation) ++progress.violations;
  }
  Seeds seeds(order, std::move(known));
  const auto done = [&](Outcome outcome) -> Status {
    if (results) {
      if (Status kept = results->append(outcome); !kept) return kept;
    }
    campaign.simulated_now += outcome.simulated;
    ++progress.done;
    if (outcome.violation) ++progress.violations;
    const std::uint64_t seed = outcome.seed;
    outcomes.insert_or_assign(seed, std::move(outcome));
    if (on_progress) on_progress(progress);
    return {};
  };
  const Status played = play_apart(
      order.crew, [&seeds] { return seeds.take(); }, done);
  if (!played) return played.error();
  for (auto& [seed, outcome] : outcomes) campaign.outcomes.push_back(std::move(outcome));
  campaign.wall = clock.mono() - begun;
  return campaign;
}

}  // namespace edgeherd::sim
