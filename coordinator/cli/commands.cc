#include <algorithm>

#include "coordinator/cli/command.h"

namespace edgeherd::cli {

namespace {

constexpr OptionSpec zone_option{"zone", "ZONE", Kind::zone, "only this zone"};
constexpr OptionSpec expect_option{"expect-count", "N", Kind::count,
                                   "how many servers you expect this to remove"};
const ArgumentSpec one_node{"NODE", Kind::node, Many::one};
const ArgumentSpec nodes{"NODE", Kind::node, Many::one_or_more};

std::vector<Command> make_looks() {
  return {
      {"status",
       "what needs attention, and each zone in a line",
       {},
       {zone_option, {"watch", "", Kind::flag, "again every 2 seconds"}},
       &run_status},
      {"nodes", "the servers", {}, {zone_option}, &run_nodes},
      {"node", "all about one server; of one that is gone, its story", {one_node}, {}, &run_node},
      {"zones", "the zones and their limits", {}, {}, &run_zones},
      {"explain",
       "why a zone is as it is: figures, steps, actions, and what was held back",
       {{"ZONE", Kind::zone, Many::optional}},
       {{"at", "TIME", Kind::text, "at that moment: \"2026-11-23T07:05Z\" (UTC), or \"10m\" ago"},
        {"decision", "ID", Kind::text,
         "instead: make this decision again of its recorded inputs; exit 1 if it differs"},
        {"node", "NODE", Kind::node,
         "instead: the whole life of a server, also of one that is gone"}},
       &run_explain},
      {"plan", "what would be done now, and what is held back", {}, {}, &run_plan},
      {"events",
       "what happened",
       {},
       {{"follow", "", Kind::flag, "go on with what happens from now on"},
        {"node", "NODE", Kind::node, "only of this server"},
        zone_option,
        {"limit", "N", Kind::limit, "at most so many, the newest (default 50)"}},
       &run_events},
  };
}

std::vector<Command> make_node_orders() {
  return {
      {"terminate",
       "take servers out of the fleet and destroy them",
       {{"NODE", Kind::node, Many::any}},
       {{"zone", "ZONE", Kind::zone, "with --all: every server of this zone"},
        {"all", "", Kind::flag, "with --zone: yes, every one"},
        expect_option,
        {"now", "", Kind::flag, "cut connections and give up log lines not yet stored"},
        {"dry-run", "", Kind::flag, "show the plan, do nothing"}},
       &run_terminate},
      {"keep", "take a termination back, of servers that still wait", {nodes}, {}, &run_flag},
      {"cordon", "send servers no new viewers, count them as no capacity", {nodes}, {}, &run_flag},
      {"uncordon", "send them viewers again", {nodes}, {}, &run_flag},
      {"protect", "never choose these servers for removal", {nodes}, {}, &run_flag},
      {"unprotect", "let protected servers be chosen again", {nodes}, {}, &run_flag},
      {"quarantine", "out of service, but kept for a post-mortem", {nodes}, {}, &run_flag},
      {"unquarantine", "let quarantined servers go their way", {nodes}, {}, &run_flag},
  };
}

std::vector<Command> make_fleet_orders() {
  return {
      {"pause",
       "change nothing until resume",
       {{"REASON", Kind::text, Many::optional}},
       {{"reason", "TEXT", Kind::text, "shown to everybody who asks for the status"}},
       &run_pause},
      {"resume",
       "act again",
       {},
       {{"read-only", "", Kind::flag, "end read-only mode instead of a pause"},
        {"expect-count", "N", Kind::count, "how many servers you leave without adopting them"}},
       &run_resume},
      {"takeover", "act although agents obeyed a newer coordinator", {}, {}, &run_takeover},
      {"retry",
       "open a zone's placements that failures have closed",
       {{"ZONE", Kind::zone, Many::one}},
       {},
       &run_retry},
      {"adopt",
       "make a tagged server that the journal does not know one of the fleet",
       {{"PROVIDER/SERVER", Kind::text, Many::one}},
       {{"zone", "ZONE", Kind::zone, "the zone that it is to belong to"}},
       &run_adopt},
      {"forget",
       "strike a server from the record, without touching it",
       {one_node},
       {},
       &run_forget},
      {"enroll token",
       "what a server that is set up by hand needs",
       {one_node},
       {},
       &run_enroll_token},
      {"config check",
       "read configuration files and say what is wrong; without a path, the coordinator's own",
       {{"FILE_OR_DIRECTORY", Kind::path, Many::optional}},
       {},
       &run_config_check},
      {"config apply",
       "confirm the removals that a new configuration implies",
       {},
       {expect_option, zone_option},
       &run_config_apply},
      {"config reload",
       "let the coordinator read its configuration again",
       {},
       {},
       &run_config_reload},
      {"simulate",
       "play whole fleets with faults on virtual time, and check every promise",
       {},
       {{"seeds", "A..B", Kind::text, "these seeds, each another world (or one: --seeds 17)"},
        {"hours", "H", Kind::text, "simulated time of each seed (default 2)"},
        {"nodes", "N", Kind::text, "about so many servers in each (default 50)"},
        {"scenario", "FILE", Kind::path, "play this file instead of seeds"},
        {"history", "FILE", Kind::path, "write what happens, line by line; of one run"},
        {"jobs", "J", Kind::text, "so many at once (default: one for each processor)"},
        {"resume", "FILE", Kind::path, "keep results there, and play only what it does not have"},
        {"shrink", "", Kind::flag, "of the first failure, find fewer faults that still fail"}},
       &run_simulate},
      {"completion",
       "the completion script of a shell",
       {{"SHELL", Kind::shell, Many::one}},
       {},
       &run_completion},
  };
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all = [] {
    std::vector<Command> made = make_looks();
    for (const auto& more : {make_node_orders(), make_fleet_orders()}) {
      made.insert(made.end(), more.begin(), more.end());
    }
    return made;
  }();
  return all;
}

const std::vector<OptionSpec>& common_options() {
  static const std::vector<OptionSpec> all = {
      {"output", "FORMAT", Kind::text, "table, json, or names (short: -o)"},
      {"endpoint", "URL", Kind::text, "the coordinator (default http://127.0.0.1:9480)"},
      {"token", "TOKEN", Kind::text, "better: EDGEHERD_TOKEN or EDGEHERD_TOKEN_FILE"},
      {"ca-file", "FILE", Kind::path, "who the coordinator's certificate is from"},
      {"help", "", Kind::flag, "this text, or a command's"},
      {"version", "", Kind::flag, "the program's version"},
  };
  return all;
}

const Command* find_command(std::string_view path) {
  const auto found = std::ranges::find(commands(), path, &Command::path);
  return found == commands().end() ? nullptr : &*found;
}

}  // namespace edgeherd::cli
