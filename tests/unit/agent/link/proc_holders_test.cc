#include "agent/link/proc_holders.h"

#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

namespace edgeherd::link {

namespace {

using logs::Holders;

// A /proc of the test's own, with process 1 and whatever else is added.
struct Proc {
  Proc() {
    std::ofstream(log) << "a line\n";
    struct stat found {};
    REQUIRE(::stat(log.c_str(), &found) == 0);
    device = found.st_dev;
    inode = found.st_ino;
    add(1, 0, "/dev/null", "02");
  }
  void add(int pid, int fd, const std::string& target, const std::string& flags) {
    const std::string process = root + "/" + std::to_string(pid);
    std::filesystem::create_directories(process + "/fd");
    std::filesystem::create_directories(process + "/fdinfo");
    std::filesystem::create_symlink(target, process + "/fd/" + std::to_string(fd));
    std::ofstream(process + "/fdinfo/" + std::to_string(fd))
        << "pos:\t0\nflags:\t" << flags << "\nmnt_id:\t25\n";
  }
  Holders find() { return find_holders(root, device, inode); }

  test::TempDirectory directory;
  std::string root = directory.file("proc");
  std::string log = directory.file("access.log");
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
};

}  // namespace

TEST_CASE("a process that has the file open for writing holds it") {
  Proc proc;
  CHECK(proc.find() == Holders::none);
  proc.add(4711, 7, proc.log, "0102001");  // O_WRONLY | O_APPEND, octal
  CHECK(proc.find() == Holders::some);
}

TEST_CASE("a renamed file is found by its inode") {
  Proc proc;
  const std::string renamed = proc.directory.file("000000000001.log");
  std::filesystem::rename(proc.log, renamed);
  proc.add(4711, 7, renamed, "0102001");
  CHECK(proc.find() == Holders::some);
}

TEST_CASE("who only reads the file does not hold it") {
  Proc proc;
  proc.add(4711, 3, proc.log, "02100000");
  CHECK(proc.find() == Holders::none);
  proc.add(4711, 4, proc.log, "0100002");
  CHECK(proc.find() == Holders::some);
}

TEST_CASE("a descriptor whose flags cannot be read counts as a writer's") {
  Proc proc;
  proc.add(4711, 7, proc.log, "0100000");
  std::filesystem::remove(proc.root + "/4711/fdinfo/7");
  CHECK(proc.find() == Holders::some);
}

TEST_CASE("a mount that may not answer is not asked, unless somebody logs to it") {
  Proc proc;
  proc.add(4711, 7, proc.log, "0102001");
  const auto mounted = [&](const std::string& device, const std::string& type) {
    std::ofstream(proc.root + "/4711/mountinfo")
        << "24 1 0:1 / /proc rw - proc proc rw\n"
        << "25 24 " << device << " / /mnt rw,relatime shared:3 - " << type << " server:/logs rw\n";
    return proc.find();
  };
  const std::string own =
      std::to_string(major(proc.device)) + ":" + std::to_string(minor(proc.device));
  for (const char* type : {"nfs4", "nfs", "cifs", "fuse.sshfs", "fuse", "ceph"}) {
    CAPTURE(type);
    CHECK(mounted("0:999", type) == Holders::none);
    CHECK(mounted(own, type) == Holders::some);
  }
  for (const char* type : {"ext4", "overlay", "btrfs", "fuseblk"}) {
    CAPTURE(type);
    CHECK(mounted("0:999", type) == Holders::some);
  }
}

TEST_CASE("our own descriptors, other files and what is no process do not count") {
  Proc proc;
  proc.add(::getpid(), 7, proc.log, "0102001");
  proc.add(4711, 7, proc.directory.file("other"), "0102001");
  std::filesystem::create_directories(proc.root + "/self");
  CHECK(proc.find() == Holders::none);
}

TEST_CASE("where processes are hidden nothing is claimed") {
  Proc proc;
  std::filesystem::remove_all(proc.root + "/1");
  CHECK(proc.find() == Holders::unknown);
  CHECK(find_holders(proc.directory.file("no-proc"), 1, 1) == Holders::unknown);
  proc.add(4711, 7, proc.log, "0102001");
  CHECK(proc.find() == Holders::some);
}

}  // namespace edgeherd::link
