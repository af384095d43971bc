// One suite for both file systems: what is true of the real one has to be true of its twin.
#include "common/core/file_system.h"

#include <memory>

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "common/os/real.h"
#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "tests/support/catch.h"
#include "tests/support/child.h"
#include "tests/support/temp_directory.h"

using namespace edgeherd;

namespace {

struct RealDisk {
  test::TempDirectory directory;
  std::unique_ptr<FileSystem> files = os::make_file_system();
  std::string root = directory.path();
};

struct SimDisk {
  sim::SimLoop loop;
  std::unique_ptr<FileSystem> files = std::make_unique<sim::SimFileSystem>(loop.clock());
  std::string root = "/";
};

}  // namespace

TEMPLATE_TEST_CASE("files are appended to, read, truncated and asked about", "", RealDisk,
                   SimDisk) {
  TestType disk;
  const std::string path = disk.root + "/a";
  auto file = disk.files->open(path, OpenMode::append);
  REQUIRE(file.ok());
  REQUIRE((*file)->append("hello ").ok());
  REQUIRE((*file)->append("world").ok());
  CHECK(*(*file)->read_at(6, 100) == "world");
  CHECK(*(*file)->read_at(0, 5) == "hello");
  CHECK((*file)->read_at(11, 5)->empty());
  CHECK((*file)->read_at(500, 5)->empty());
  REQUIRE((*file)->truncate(5).ok());
  REQUIRE((*file)->append("!").ok());
  REQUIRE((*file)->sync().ok());
  CHECK((*file)->info()->size == 6);
  CHECK(disk.files->info(path)->inode == (*file)->info()->inode);
  CHECK_FALSE(disk.files->info(path)->directory);
  CHECK(disk.files->info(disk.root)->directory);
  CHECK(*disk.files->read_whole(path, 100) == "hello!");
}

TEMPLATE_TEST_CASE("opening says what stands in the way", "", RealDisk, SimDisk) {
  TestType disk;
  const std::string path = disk.root + "/a";
  CHECK(disk.files->open(path, OpenMode::read).error().code == Errc::not_found);
  CHECK(disk.files->open(disk.root + "/no/a", OpenMode::append).error().code == Errc::not_found);
  REQUIRE(disk.files->open(path, OpenMode::create_new).ok());
  const auto again = disk.files->open(path, OpenMode::create_new);
  CHECK(again.error().code == Errc::conflict);
  CHECK(again.error().message.find(path) != std::string::npos);
  CHECK(disk.files->open(disk.root, OpenMode::append).error().code == Errc::invalid);
}

TEMPLATE_TEST_CASE("a file that is open for reading cannot be written", "", RealDisk, SimDisk) {
  TestType disk;
  REQUIRE(disk.files->write_whole(disk.root + "/a", "x").ok());
  auto file = disk.files->open(disk.root + "/a", OpenMode::read);
  REQUIRE(file.ok());
  CHECK_FALSE((*file)->append("y").ok());
  CHECK(*disk.files->read_whole(disk.root + "/a", 10) == "x");
}

TEMPLATE_TEST_CASE("a file lives on while it is open, whatever its name does", "", RealDisk,
                   SimDisk) {
  TestType disk;
  const std::string old_name = disk.root + "/old";
  const std::string new_name = disk.root + "/new";
  auto file = disk.files->open(old_name, OpenMode::append);
  REQUIRE(disk.files->rename(old_name, new_name).ok());
  REQUIRE((*file)->append("more").ok());
  CHECK(*disk.files->read_whole(new_name, 10) == "more");
  CHECK(disk.files->info(old_name).error().code == Errc::not_found);
  REQUIRE(disk.files->remove(new_name).ok());
  CHECK(*(*file)->read_at(0, 10) == "more");
  REQUIRE((*file)->append("!").ok());
  CHECK((*file)->info()->size == 5);
}

TEMPLATE_TEST_CASE("a rename replaces what was there", "", RealDisk, SimDisk) {
  TestType disk;
  REQUIRE(disk.files->write_whole(disk.root + "/a", "a").ok());
  REQUIRE(disk.files->write_whole(disk.root + "/b", "b").ok());
  REQUIRE(disk.files->rename(disk.root + "/a", disk.root + "/b").ok());
  CHECK(*disk.files->read_whole(disk.root + "/b", 10) == "a");
  CHECK(*disk.files->list(disk.root) == std::vector<std::string>{"b"});
  CHECK(disk.files->rename(disk.root + "/a", disk.root + "/c").error().code == Errc::not_found);
}

TEMPLATE_TEST_CASE("directories are made with their parents, listed and removed", "", RealDisk,
                   SimDisk) {
  TestType disk;
  REQUIRE(disk.files->make_directories(disk.root + "/x/y/z").ok());
  REQUIRE(disk.files->make_directories(disk.root + "/x/y").ok());
  REQUIRE(disk.files->write_whole(disk.root + "/x/b", "").ok());
  REQUIRE(disk.files->write_whole(disk.root + "/x/a", "").ok());
  CHECK(*disk.files->list(disk.root + "/x") == std::vector<std::string>{"a", "b", "y"});
  CHECK(disk.files->remove(disk.root + "/x").error().code == Errc::conflict);
  REQUIRE(disk.files->remove(disk.root + "/x/y/z").ok());
  CHECK(disk.files->list(disk.root + "/x/y/z").error().code == Errc::not_found);
  CHECK(disk.files->list(disk.root + "/x/a").error().code == Errc::invalid);
  CHECK_FALSE(disk.files->make_directories(disk.root + "/x/a/b").ok());
  REQUIRE(disk.files->sync_directory(disk.root + "/x").ok());
  CHECK(disk.files->sync_directory(disk.root + "/none").error().code == Errc::not_found);
}

TEMPLATE_TEST_CASE("a whole file is replaced, and read only up to the limit", "", RealDisk,
                   SimDisk) {
  TestType disk;
  const std::string path = disk.root + "/a";
  REQUIRE(disk.files->write_whole(path, std::string(5000, 'x')).ok());
  REQUIRE(disk.files->write_whole(path, "short").ok());
  CHECK(*disk.files->read_whole(path, 5) == "short");
  CHECK(disk.files->read_whole(path, 4).error().code == Errc::exhausted);
  CHECK(*disk.files->list(disk.root) == std::vector<std::string>{"a"});
  CHECK(disk.files->write_whole(disk.root + "/no/a", "x").error().code == Errc::not_found);
}

TEMPLATE_TEST_CASE("free space is told", "", RealDisk, SimDisk) {
  TestType disk;
  CHECK(*disk.files->free_bytes(disk.root) > 0);
  CHECK(disk.files->free_bytes(disk.root + "/none").error().code == Errc::not_found);
}

TEST_CASE("a file system that is read-only has no free space") {
  if (::getuid() != 0) return;  // mounting needs root
  const RealDisk disk;
  const std::string said = test::in_child([&]() -> std::string {
    const char* const root = disk.root.c_str();
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", root, "tmpfs", 0, "size=2m") != 0) {
      return "cannot mount";
    }
    const auto before = disk.files->free_bytes(disk.root);
    if (::mount(nullptr, root, nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) return "remount";
    const auto after = disk.files->free_bytes(disk.root);
    if (!before || !after) return "no answer";
    return std::string(*before > 0 ? "room" : "none") + ", then " + std::to_string(*after);
  });
  if (said == "cannot mount") return;  // a container without that right
  CHECK(said == "room, then 0");
}
