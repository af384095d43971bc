// The names of zones, regions and nodes, each by itself and all beside each other.
#include <algorithm>

#include "coordinator/settings/parts.h"

namespace edgeherd::settings {

namespace {

constexpr std::string_view node_word = "{node}";

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

// What nobody has filled in, with its braces; empty if all was.
std::string word_in_braces(const std::string& name) {
  const auto begin = name.find('{');
  if (begin == std::string::npos) return "";
  const auto end = name.find('}', begin);
  return name.substr(begin, end == std::string::npos ? end : end - begin + 1);
}

// Whether a node of that template could have the name.
bool could_be(const std::string& name, const std::string& with_node) {
  const auto at = with_node.find(node_word);
  const std::string before = with_node.substr(0, at);
  const std::string after = with_node.substr(at + node_word.size());
  if (name.size() <= before.size() + after.size()) return false;
  if (!name.starts_with(before) || !name.ends_with(after)) return false;
  const auto inside = name.substr(before.size(), name.size() - before.size() - after.size());
  return inside.find('.') == std::string::npos;
}

// Why the second of two names must not be, or nothing.
std::optional<std::string> clash(const NameText& first, const NameText& second) {
  const bool of_nodes = first.kind == NameKind::node || second.kind == NameKind::node;
  if (of_nodes) {
    if (first.kind == second.kind) return std::nullopt;  // ids are another for each node
    const bool templated = first.kind == NameKind::node;
    const std::string& name = templated ? second.name : first.name;
    if (!could_be(name, templated ? first.name : second.name)) return std::nullopt;
    return quoted(second.name) + " could be the name of " +
           (templated ? "a node, by " + quoted(first.name) + " of " + first.of
                      : first.of + ", " + first.name) +
           ", too";
  }
  if (first.name != second.name) return std::nullopt;
  const bool both_regions = first.kind == NameKind::region && second.kind == NameKind::region;
  // A region of several accounts has one name.
  if (both_regions && (first.of == second.of || first.file != second.file)) return std::nullopt;
  std::string what = quoted(second.name) + " is the name of " + first.of + " already";
  if (first.kind == second.kind) {
    what += both_regions ? "; \"{region}\" in the name makes it unique"
                         : "; \"{zone}\" in the name makes it unique";
  }
  return what;
}

}  // namespace

std::string filled_in(std::string text, const model::ZonePolicy& zone) {
  const std::pair<std::string, std::string> words[] = {
      {"{provider}", zone.provider.str()}, {"{region}", zone.region.str()}, {"{zone}", zone.place}};
  for (const auto& [word, value] : words) {
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
      text.replace(at, word.size(), value);
      at += value.size();
    }
  }
  return text;
}

void take_name(NameText name, const Settings& settings, config::Problems& problems,
               Reading& reading) {
  if (name.name.empty()) return;
  const auto wrong = [&](const std::string& what) {
    problems.add(name.at, quoted(name.key) + ": " + what);
  };
  std::string whole = name.name;
  if (name.kind == NameKind::node) {
    const auto at = whole.find(node_word);
    if (at == std::string::npos || whole.find(node_word, at + 1) != std::string::npos) {
      return wrong(quoted(whole) + " must hold \"{node}\" once, which becomes the node's id");
    }
    whole.replace(at, node_word.size(), "n");
  }
  if (const std::string word = word_in_braces(whole); !word.empty()) {
    return wrong(quoted(word) + " is none of {provider}, {region}, {zone} and, for nodes, {node}");
  }
  if (!is_dns_name(whole)) return wrong(quoted(name.name) + " is not a DNS name");
  const bool known = std::ranges::any_of(reading.names, [&](const NameText& other) {
    return other.name == name.name && other.of == name.of && other.file == name.file;
  });
  if (known) return;  // a region's, by its first zone
  reading.names.push_back(name);
  if (reading.scope == Scope::provider_file) return;
  const Dns& dns = settings.dns;
  if (dns.type == "none") {
    wrong(name.of + " has the name " + name.name + ", but \"dns\" is not configured");
  } else if (!dns.zone.empty() && whole != dns.zone && !whole.ends_with("." + dns.zone)) {
    wrong(name.of + " has the name " + name.name + ", which is not inside " + dns.zone +
          ", the \"zone\" of \"dns\"");
  }
}

void read_ttl(config::Section& section, Layer& layer) {
  section.duration("dns_ttl", layer.dns_ttl, 1s, model::longest_dns_ttl, config::Need::optional);
  const config::Value* written = section.raw("dns_ttl");
  if (written == nullptr) return;
  layer.dns_ttl_at = written->at;
  if (layer.dns_ttl % 1s == Duration{}) return;
  section.problem("dns_ttl", "\"dns_ttl\": the DNS counts whole seconds");
  layer.dns_ttl = std::chrono::ceil<std::chrono::seconds>(layer.dns_ttl);
}

void check_ttl(const Layer& layer, const std::string& dns, config::Problems& problems,
               Reading& reading) {
  const auto least = reading.types.least_ttls.find(dns);
  if (least == reading.types.least_ttls.end() || layer.dns_ttl >= least->second) return;
  const std::pair place(problems.file(), layer.dns_ttl_at);
  if (std::ranges::find(reading.short_ttls, place) != reading.short_ttls.end()) return;
  reading.short_ttls.push_back(place);
  problems.add(layer.dns_ttl_at, "\"dns_ttl\": the DNS \"" + dns + "\" takes " +
                                     std::to_string(least->second / 1s) + "s at least");
}

void check_names(const Reading& reading, const std::string& file, config::Problems& problems) {
  const std::vector<NameText>& names = reading.names;
  for (std::size_t second = 0; second < names.size(); ++second) {
    if (names[second].file != file) continue;
    for (std::size_t first = 0; first < second; ++first) {
      if (const auto wrong = clash(names[first], names[second])) {
        problems.add(names[second].at, quoted(names[second].key) + ": " + *wrong);
        break;
      }
    }
  }
}

}  // namespace edgeherd::settings
