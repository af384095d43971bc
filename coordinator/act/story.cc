#include "coordinator/act/story.h"

#include <utility>

#include <boost/json.hpp>

#include "coordinator/act/logs/archive_check.h"
#include "coordinator/act/record.h"

namespace edgeherd::act {

namespace json = boost::json;

using decide::ActionKind;
using model::Node;

namespace {

json::value age(const std::optional<MonoTime>& at, MonoTime now) {
  if (!at) return nullptr;
  return static_cast<std::int64_t>(millis(now - *at));
}

template <class T>
json::value or_null(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::object probe(const model::ProbeView& view, MonoTime now) {
  return {{"age_ms", age(view.asked_at, now)},
          {"good", view.asked_at ? json::value(view.good) : json::value(nullptr)},
          {"good_in_a_row", view.good_in_a_row},
          {"failure", view.failure}};
}

json::array flags(const Node& node) {
  json::array on;
  for (const auto& [name, set] :
       {std::pair("cordoned", node.cordoned), std::pair("protected", node.is_protected),
        std::pair("quarantined", node.quarantined), std::pair("held", node.held),
        std::pair("asked_out", node.asked_out), std::pair("drop_now", node.drop_now)}) {
    if (set) on.emplace_back(name);
  }
  return on;
}

bool is_step(ActionKind kind) {
  switch (kind) {
    case ActionKind::launch:
    case ActionKind::admit:
    case ActionKind::withdraw:
    case ActionKind::return_to_service:
    case ActionKind::begin_flush:
    case ActionKind::finish_flush:
    case ActionKind::hold:
    case ActionKind::give_up_flush:
    case ActionKind::terminate:
    case ActionKind::discard:
    case ActionKind::mark_gone:
      return true;
    case ActionKind::create_again:
    case ActionKind::command:
    case ActionKind::check_archive:
    case ActionKind::destroy_again:
    case ActionKind::reboot:
      return false;
  }
  return false;
}

json::object logs(const Node& node, const Uploads& uploads, const archive::LogArchive& archive) {
  const StoredLogs sum = uploads.stored(node.id);
  const Uploads::Rows& rows = uploads.newest(node.id);
  json::array newest;
  std::size_t left = rows.size();
  for (const auto& [seq, segment] : rows) {
    if (left-- > most_told_segments) continue;
    newest.push_back({{"seq", segment.seq},
                      {"key", segment.key},
                      {"lines", segment.lines},
                      {"bytes", segment.bytes},
                      {"sha256", segment.sha256}});
  }
  const auto manifest = archive.manifest_key(archive_path(node));
  return {{"segments", sum.segments},
          {"lines", sum.lines},
          {"bytes", sum.bytes},
          {"lines_lost", node.agent.log_lines_lost},
          {"given_up", node.skip_flush},
          {"manifest", manifest ? json::value(*manifest) : json::value(nullptr)},
          {"newest", std::move(newest)}};
}

}  // namespace

json::object known_of(const Node& node, MonoTime now) {
  const model::Rates& rates = node.load.rates();
  json::array failing;
  for (const std::string& check : node.agent.failing) failing.emplace_back(check);
  return {{"state", to_string(node.state)},
          {"state_age_ms", age(node.state_since, now)},
          {"verdict", to_string(node.verdict)},
          {"verdict_reason", node.verdict_reason},
          {"judged_age_ms", age(node.judged_at, now)},
          {"bad_seconds", node.bad_seconds.size()},
          {"heard_age_ms", age(node.agent.heard_at, now)},
          {"sample_age_ms", age(node.load.sampled_at(), now)},
          {"requests_per_s", or_null(rates.requests_per_s)},
          {"cpu", or_null(rates.cpu)},
          {"connections", or_null(rates.connections)},
          {"failing", std::move(failing)},
          {"drain_state", node.agent.drain_state},
          {"segments_waiting", node.agent.spool_segments},
          {"health_probe", probe(node.health_probe, now)},
          {"edge_probe", probe(node.edge_probe, now)},
          {"listed_age_ms", age(node.listed_at, now)},
          {"missing_listings", node.missing_listings},
          {"call_failure", node.call_failure},
          {"flags", flags(node)}};
}

void Stories::decided(const decide::Action& action) {
  const Node* node = core_.fleet().node(action.node);
  if (node == nullptr || !is_step(action.kind)) return;
  json::object details = action_json(action);
  details.erase("kind");
  details.erase("node");
  details["known"] = known_of(*node, core_.now());
  StoryLine line;
  line.node = node->id;
  line.zone = action.zone;
  line.at = core_.wall();
  line.what = to_string(action.kind);
  if (!action.reasons.empty()) line.text = action.reasons.front().text;
  line.details = json::serialize(details);
  line.decided = Decided::yes;
  core_.history().append(std::move(line));
}

void Stories::tell(const Node& node, const char* what, std::string text) {
  StoryLine line;
  line.node = node.id;
  line.zone = node.zone;
  line.at = core_.wall();
  line.what = what;
  line.text = std::move(text);
  core_.history().append(std::move(line));
}

void Stories::saw(const model::Event& event) {
  using namespace model;
  const auto node = [&](const NodeId& id) { return core_.fleet().node(id); };
  if (const auto* created = std::get_if<CreateAnswered>(&event)) {
    if (const Node* about = node(created->node); about != nullptr && created->vm) {
      tell(*about, "created",
           "the provider made VM " + created->vm->id.str() +
               (created->vm->address.empty() ? "" : " at " + created->vm->address));
    }
  } else if (const auto* destroyed = std::get_if<DestroyAnswered>(&event)) {
    const Node* about = node(destroyed->node);
    const bool refused = destroyed->error && destroyed->error->code != Errc::not_found;
    if (about == nullptr || refused) return;  // a failure leaves a note
    tell(*about, "destroy_answered",
         destroyed->error ? "the provider does not know VM " + about->vm.str() + " any more"
                          : "the provider destroys VM " + about->vm.str());
  } else if (const auto* checked = std::get_if<ArchiveChecked>(&event)) {
    if (const Node* about = node(checked->node); about != nullptr && !checked->error) {
      tell(*about, "archive_checked", "every stored object matches the manifest");
    }
  } else if (const auto* answered = std::get_if<CommandAnswered>(&event)) {
    const Node* about = node(answered->node);
    if (about == nullptr || answered->outcome != CommandAnswered::Outcome::done) return;
    tell(*about, "command_done", answered->action.str() + " done");
  } else if (const auto* read = std::get_if<NamesRead>(&event)) {
    for (const auto& [id, one] : core_.fleet().nodes()) {
      if (one.zone == read->zone && one.leaving.name_gone_at == core_.applied_at()) {
        tell(one, "name_gone", "no name gives its address any more");
      }
    }
  }
}

void Stories::ended(const Node& node, const Uploads& uploads) {
  const MonoTime now = core_.now();
  StoryEnd end;
  end.node = node.id;
  end.zone = node.zone;
  end.at = core_.wall();
  end.body = json::serialize(
      json::object{{"schema", 1},
                   {"provider", node.provider.str()},
                   {"origin", node.origin == model::Origin::adopted ? "adopted" : "launched"},
                   {"vm", node.vm.str()},
                   {"address", node.address},
                   {"image", node.image.str()},
                   {"image_version", node.image_version},
                   {"size", node.size},
                   {"cause", to_string(node.cause)},
                   {"text", node.cause_text},
                   {"known", known_of(node, now)},
                   {"logs", logs(node, uploads, archive_)}});
  core_.history().append(std::move(end));
}

}  // namespace edgeherd::act
