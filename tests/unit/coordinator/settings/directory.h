// A configuration in a simulated directory, read as the coordinator reads it, and words for what is
// wrong with it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "coordinator/settings/settings.h"
#include "tests/support/catch.h"

namespace edgeherd::tests {

struct Directory {
  sim::SimLoop loop;
  sim::SimFileSystem files{loop.clock()};
  settings::Types types{{{"digitalocean",
                          [](config::Section& s) {
                            s.finish();
                            return std::vector<settings::Needed>{};
                          }},
                         {"local",
                          [](config::Section& s) {
                            std::string nginx;
                            s.text("nginx", nginx, config::Need::optional);
                            s.finish();
                            return std::vector<settings::Needed>{{"nginx", nginx}};
                          }}},
                        {{"file", [](config::Section& s) {
                            std::string type;
                            std::string path;
                            s.text("type", type, config::Need::required);
                            s.text("path", path, config::Need::required);
                            s.finish();
                            return std::vector<settings::Needed>{};
                          }}}};

  Directory() {
    REQUIRE(files.make_directories("/etc/edgeherd/providers").ok());
    write("coordinator.json", R"({ "fleet_id": "test" })");
  }
  void write(const std::string& name, std::string_view text) {
    REQUIRE(files.write_whole("/etc/edgeherd/" + name, text).ok());
  }
  settings::Loaded load() { return settings::load("/etc/edgeherd", files, types); }
  settings::Loaded main(std::string_view text) {
    write("coordinator.json", text);
    return load();
  }
  settings::Loaded provider(std::string_view text) {
    write("providers/local.json", text);
    return load();
  }
};

inline bool has(const std::vector<std::string>& lines, std::string_view text) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(text) != line.npos; });
}

inline std::string all(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace edgeherd::tests
