// ResultsFile: what a campaign has found so far, so that one that was ended goes on.
//
// The first line says of what kind the campaign is, each further one is an outcome, as JSON. A last
// line without its end (the program was killed) is cut off. Thread: one owner.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/core/file_system.h"
#include "coordinator/sim/run/generate.h"
#include "coordinator/sim/run/outcome.h"

namespace edgeherd::sim {

// Outcomes of another kind do not belong to the same campaign.
struct CampaignKind {
  Size size;
  std::string version;
  std::string build;  // of the program: another build plays other histories
};

class ResultsFile {
 public:
  // Opens or makes it. `conflict` when it is of another kind, `invalid` for a line that cannot be
  // read; both name the file.
  [[nodiscard]] static Result<std::unique_ptr<ResultsFile>> open(FileSystem& files,
                                                                 std::string path,
                                                                 const CampaignKind& kind);

  // What was there when it was opened; taken once.
  [[nodiscard]] std::vector<Outcome> take_outcomes() { return std::move(outcomes_); }
  Status append(const Outcome& outcome);

 private:
  ResultsFile(std::string path, std::unique_ptr<File> file)
      : path_(std::move(path)), file_(std::move(file)) {}
  Status load(const std::string& text, const CampaignKind& kind);
  Status append_line(std::string line);

  std::string path_;
  std::unique_ptr<File> file_;
  std::vector<Outcome> outcomes_;
};

}  // namespace edgeherd::sim
