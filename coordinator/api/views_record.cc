// Documents of the record: a decision, and a node's story.
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "common/core/utc.h"
#include "coordinator/api/json_text.h"
#include "coordinator/api/views.h"

namespace edgeherd::api {

namespace json = boost::json;

namespace {

Result<json::value> parsed(const std::string& text, const std::string& what) {
  boost::system::error_code failed;
  json::value value = json::parse(text, failed);
  if (failed) return fail(Errc::broken, what + " cannot be read: " + failed.message());
  return value;
}

Result<json::object> line_view(const act::StoryLine& line) {
  json::object view;
  view["at"] = utc_text(line.at);
  view["what"] = line.what;
  view["text"] = line.text;
  view["decision"] = line.decision != 0 ? json::value(line.decision) : json::value(nullptr);
  view["details"] = nullptr;
  if (line.details.empty()) return view;
  auto details = parsed(line.details, "a line of the story of " + line.node.str());
  if (!details) return details.error();
  view["details"] = std::move(*details);
  return view;
}

// The decision that it left by: the last one that took it out of service, or discarded it, or found
// it lost; nothing when there was none (yet).
json::value leaving_line(const json::array& lines) {
  constexpr std::array<std::string_view, 3> ways_out = {"withdraw", "discard", "mark_gone"};
  for (const std::string_view way : ways_out) {
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
      const json::object& one = line->as_object();
      if (one.at("what").as_string() == way && !one.at("details").is_null()) return *line;
      // Taken back meanwhile: what came before is no reason any more.
      if (way == "withdraw" && one.at("what").as_string() == "return_to_service") break;
    }
  }
  return nullptr;
}

}  // namespace

Result<json::object> decision_view(const act::DecisionRecord& record) {
  auto body = parsed(record.body, "decision record " + std::to_string(record.number));
  if (!body) return body.error();
  json::object document;
  document["schema"] = 1;
  document["zone"] = record.zone.str();
  document["number"] = record.number;
  document["at"] = utc_text(record.at);
  document["record"] = std::move(*body);
  return document;
}

Result<json::object> story_view(const NodeId& id, const model::Node* node,
                                const act::Story& story) {
  json::array lines;
  for (const act::StoryLine& line : story.lines) {
    auto view = line_view(line);
    if (!view) return view.error();
    lines.push_back(std::move(*view));
  }
  ZoneId zone;
  if (!story.lines.empty()) zone = story.lines.back().zone;
  if (story.end) zone = story.end->zone;
  if (node != nullptr) zone = node->zone;
  json::object document;
  document["schema"] = 1;
  document["id"] = id.str();
  document["zone"] = zone.str();
  document["state"] = node != nullptr ? to_string(node->state) : std::string_view("gone");
  document["left_by"] = leaving_line(lines);
  document["left_out"] = story.lines.empty() ? std::int64_t{0}
                                             : story.lines.back().ordinal -
                                                   static_cast<std::int64_t>(story.lines.size());
  document["lines"] = std::move(lines);
  document["ended_at"] = nullptr;
  document["end"] = nullptr;
  if (!story.end || node != nullptr) return document;
  auto body = parsed(story.end->body, "the closing record of " + id.str());
  if (!body) return body.error();
  document["ended_at"] = utc_text(story.end->at);
  document["end"] = std::move(*body);
  return document;
}

}  // namespace edgeherd::api
