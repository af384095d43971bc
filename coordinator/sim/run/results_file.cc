#include "coordinator/sim/run/results_file.h"

#include <boost/json/serialize.hpp>

#include "common/config/section.h"
#include "common/config/units.h"

namespace edgeherd::sim {

namespace {

namespace json = boost::json;
using config::Need;
using config::Section;

constexpr std::int64_t schema = 1;
constexpr std::size_t largest = std::size_t{64} << 20;

std::string header_of(const CampaignKind& kind) {
  return json::serialize(json::object{{"campaign", schema},
                                      {"version", kind.version},
                                      {"build", kind.build},
                                      {"time", config::format_duration(kind.size.time)},
                                      {"nodes", kind.size.nodes}});
}

// What a person has to change, or nothing.
std::string difference(const CampaignKind& found, const CampaignKind& wanted) {
  if (found.size.time != wanted.size.time) {
    return "seeds of " + config::format_duration(found.size.time) + ", not of " +
           config::format_duration(wanted.size.time);
  }
  if (found.size.nodes != wanted.size.nodes) {
    return "seeds of " + std::to_string(found.size.nodes) + " nodes, not of " +
           std::to_string(wanted.size.nodes);
  }
  if (found.version != wanted.version) {
    return "results of version " + found.version + ", not of " + wanted.version;
  }
  if (found.build != wanted.build) return "results of another build of edgeherd";
  return "";
}

Status check_header(const std::string& path, std::string_view line, const CampaignKind& wanted) {
  const Error no_campaign = fail(Errc::conflict, path + " is not a campaign's file");
  const auto document = config::parse_json(path, line);
  if (!document) return no_campaign;
  config::Problems problems(path);
  CampaignKind found;
  std::int64_t number = 0;
  Section s(*document, problems);
  s.integer("campaign", number, schema, schema, Need::required);
  s.text("version", found.version, Need::required);
  s.text("build", found.build, Need::required);
  s.duration("time", found.size.time, 0s, 1'000'000h, Need::required);
  s.integer("nodes", found.size.nodes, 0, 1'000'000, Need::required);
  s.finish();
  if (!problems.empty()) return no_campaign;
  const std::string other = difference(found, wanted);
  if (!other.empty()) {
    return fail(Errc::conflict,
                path + " holds " + other + "; go on with what made it, or name a " + "new file");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<ResultsFile>> ResultsFile::open(FileSystem& files, std::string path,
                                                       const CampaignKind& kind) {
  auto file = files.open(path, OpenMode::append);
  if (!file) return file.error();
  auto text = files.read_whole(path, largest);
  if (!text) return text.error();
  const auto whole = text->rfind('\n') + 1;  // 0 when there is no whole line
  auto results = std::unique_ptr<ResultsFile>(new ResultsFile(std::move(path), std::move(*file)));
  // Without a whole line it is a campaign's own torn beginning, or somebody else's file.
  if (whole == 0 && !header_of(kind).starts_with(*text)) {
    return fail(Errc::conflict, results->path_ + " is not a campaign's file");
  }
  const std::size_t torn = text->size() - whole;
  text->resize(whole);
  if (Status loaded = results->load(*text, kind); !loaded) return loaded.error();
  if (torn > 0) {
    if (Status cut = results->file_->truncate(whole); !cut) return cut.error();
  }
  if (whole == 0) {
    if (Status begun = results->append_line(header_of(kind)); !begun) return begun.error();
  }
  return results;
}

Status ResultsFile::load(const std::string& text, const CampaignKind& kind) {
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const auto line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    if (++number == 1) {
      if (Status good = check_header(path_, line, kind); !good) return good;
      continue;
    }
    auto outcome = parse_outcome("outcome", line);
    if (!outcome) {
      return fail(Errc::invalid, path_ + ": line " + std::to_string(number) +
                                     " is no outcome: " + outcome.error().message);
    }
    outcomes_.push_back(std::move(*outcome));
  }
  return {};
}

Status ResultsFile::append(const Outcome& outcome) {
  return append_line(json::serialize(to_json(outcome)));
}

Status ResultsFile::append_line(std::string line) {
  line += '\n';
  Status written = file_->append(line);
  if (!written) return written.error().within(path_);
  return written;
}

}  // namespace edgeherd::sim
