#include "agent/metadata/remembered.h"

#include <utility>

#include <boost/json.hpp>

namespace edgeherd::agent::metadata {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_file = 1024 * 1024;

}  // namespace

Result<Remembered> parse_remembered(std::string_view text) {
  boost::system::error_code failed;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), failed);
  if (failed || !value.is_object()) return fail(Errc::broken, "that is no JSON object");
  std::string wrong;
  const auto field = [&](const char* key) {
    const json::value* found = value.get_object().if_contains(key);
    if (found != nullptr && found->is_string()) return std::string(found->get_string());
    if (wrong.empty()) wrong = key;
    return std::string();
  };
  Remembered what;
  what.machine = field("machine");
  const auto cloud = field("cloud");
  what.found.facts.cloud = cloud == "aws" ? Cloud::aws : Cloud::digitalocean;
  if (cloud != to_string(what.found.facts.cloud) && wrong.empty()) wrong = "cloud";
  what.found.facts.region = field("region");
  what.found.facts.zone = field("zone");
  what.found.facts.instance_id = field("instance_id");
  what.found.user_data = field("user_data");
  what.found.user_data_from = field("user_data_from");
  if (!wrong.empty()) return fail(Errc::broken, "\"" + wrong + "\" is missing or wrong");
  return what;
}

Status remember(FileSystem& files, const std::string& path, const Remembered& what) {
  if (what.machine.empty()) return {};
  const auto& facts = what.found.facts;
  const json::object document{{"machine", what.machine},
                              {"cloud", to_string(facts.cloud)},
                              {"region", facts.region},
                              {"zone", facts.zone},
                              {"instance_id", facts.instance_id},
                              {"user_data", what.found.user_data},
                              {"user_data_from", what.found.user_data_from}};
  return files.write_whole(path, json::serialize(document) + "\n");
}

Result<std::optional<Found>> recall(FileSystem& files, const std::string& path,
                                    const std::string& machine) {
  const auto text = files.read_whole(path, longest_file);
  if (!text) {
    if (text.error().code == Errc::not_found) return std::optional<Found>();
    return text.error();
  }
  auto what = parse_remembered(*text);
  if (!what) return what.error().within(path);
  if (machine.empty() || what->machine != machine) return std::optional<Found>();
  return std::optional<Found>(std::move(what->found));
}

}  // namespace edgeherd::agent::metadata
