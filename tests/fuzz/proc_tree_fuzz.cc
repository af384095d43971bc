// Any bytes as the files of one process under /proc: who has the log open, what is mounted and
// which process lives is told by what those files say, and never unknown, for all can be read. The
// parts between form feeds are the files in turn.
#include <array>
#include <fstream>
#include <system_error>

#include <sys/stat.h>

#include "agent/health/evaluate.h"
#include "agent/link/proc_holders.h"
#include "tests/fuzz/input.h"
#include "tests/unit/agent/collect/fixture_tree.h"

using namespace edgeherd;
using namespace edgeherd::agent;
using fuzz::require;
using logs::Holders;

namespace {

enum Part { stat_part, comm_part, cmdline_part, pid_part, mounts_part, fd_part, parts };
constexpr std::string_view pid = "99999999";  // no machine has so many
const std::string process = "proc/" + std::string(pid);
const std::array<std::string, parts> names{process + "/stat",      process + "/comm",
                                           process + "/cmdline",   "agent.pid",
                                           process + "/mountinfo", process + "/fdinfo/3"};

// A box with one process beside the first, whose descriptor 3 is the log.
struct Box {
  Box() {
    namespace fs = std::filesystem;
    tree.write("access.log", "a line\n");
    for (const std::string& folder :
         {std::string("proc/1"), std::string("proc/self"), process + "/fd", process + "/fdinfo"}) {
      tree.folder(folder);
    }
    fs::create_symlink(path("access.log"), path(process + "/fd/3"));
    fs::create_symlink(path(process + "/mountinfo"), path("proc/self/mountinfo"));
    for (const std::string& name : names) tree.write(name, "");
    require(::stat(path("access.log").c_str(), &log) == 0);
  }
  // Cut to its length at last: a file that is emptied first goes to the disk each time.
  void rewrite(const std::string& name, std::string_view text) const {
    std::ofstream(path(name), std::ios::in | std::ios::out | std::ios::binary) << text;
    std::filesystem::resize_file(path(name), text.size());
  }
  [[nodiscard]] std::string path(const std::string& name) const { return tree.root() + "/" + name; }

  test::FixtureTree tree;
  struct stat log {};
};

// It is held by its only writer, unless he has it from a mount that may not answer.
void as_holder(const Box& box, const std::array<std::string_view, parts>& files) {
  const Holders found = link::find_holders(box.path("proc"), box.log.st_dev, box.log.st_ino);
  require(found != Holders::unknown);
  const bool has_flags = files[fd_part].find("flags:") != std::string_view::npos;
  const bool has_mount = files[fd_part].find("mnt_id:") != std::string_view::npos;
  if (!has_flags && !has_mount) require(found == Holders::some);
  if (!has_flags && files[mounts_part].find(" - ") == std::string_view::npos) {
    require(found == Holders::some);
  }
}

void as_mounts(const Box& box, std::string_view text) {
  const Finding found = evaluate(MountCheck{"/var/log/my edge/"}, box.tree.root());
  require(found.outcome != Outcome::unknown && !found.reason.empty());
  if (found.outcome != Outcome::pass) return;
  // Its blank cannot stand there as one.
  require(text.find('\n') != std::string_view::npos && text.find('\\') != std::string_view::npos);
}

void as_process(const Box& box, const std::array<std::string_view, parts>& files) {
  ProcessCheck check;
  check.name = "video-packager-daemon";
  const Finding named = evaluate(check, box.tree.root());
  require(named.outcome != Outcome::unknown);
  if (named.outcome == Outcome::pass) require(files[comm_part] == "video-packager-\n");
  check = {};
  check.command_line = "feed --live";
  const Finding called = evaluate(check, box.tree.root());
  require(called.outcome != Outcome::unknown);
  if (called.outcome == Outcome::pass) {
    require(files[cmdline_part].find("live") != std::string_view::npos);
  }
  check.pid_file = box.path("agent.pid");
  const Finding filed = evaluate(check, box.tree.root());
  require(filed.outcome != Outcome::unknown && !filed.reason.empty());
  // There is one process with files, and its command line is the one that was looked for.
  if (filed.outcome == Outcome::pass) {
    require(called.outcome == Outcome::pass);
    require(files[pid_part].find(pid) != std::string_view::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Box box;
  const auto given = fuzz::parts_of(fuzz::text_of(data, size), '\f');
  std::array<std::string_view, parts> files;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (i < given.size()) files[i] = given[i];
    box.rewrite(names[i], files[i]);
  }
  as_holder(box, files);
  as_mounts(box, files[mounts_part]);
  as_process(box, files);
  return 0;
}
