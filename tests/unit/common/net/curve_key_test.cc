#include "common/net/curve_key.h"

#include <cstdlib>
#include <filesystem>

#include <sys/stat.h>

#include "common/net/descriptor_limit.h"
#include "common/os/real.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::net;

namespace {

// A directory of its own on the real disk: the mode of the file is part of what is tested.
struct Scratch {
  std::string directory = std::filesystem::temp_directory_path() / "edgeherd-key-XXXXXX";
  std::unique_ptr<FileSystem> files = os::make_file_system();
  std::string path;

  Scratch() {
    REQUIRE(mkdtemp(directory.data()) != nullptr);
    path = directory + "/agent.key";
  }
  ~Scratch() { std::filesystem::remove_all(directory); }
};

}  // namespace

TEST_CASE("A key pair is Z85 and differs each time") {
  const auto a = *make_key_pair();
  const auto b = *make_key_pair();
  CHECK(is_curve_key(a.public_key));
  CHECK(is_curve_key(a.secret_key));
  CHECK(a.public_key != b.public_key);
  CHECK_FALSE(is_curve_key(""));
  CHECK_FALSE(is_curve_key(a.public_key.substr(1)));
  CHECK_FALSE(is_curve_key(a.public_key.substr(1) + " "));
  CHECK_FALSE(is_curve_key(std::string(40, '~')));
  CHECK_FALSE(is_curve_key(std::string(40, '#')));
}

TEST_CASE("A stored pair is loaded again, and the file is its owner's alone") {
  Scratch scratch;
  const auto pair = *make_key_pair();
  REQUIRE(store_key_pair(*scratch.files, scratch.path, pair, "vm-1").ok());
  const auto stored = load_key_pair(*scratch.files, scratch.path);
  REQUIRE(stored.ok());
  CHECK(stored->pair == pair);
  CHECK(stored->machine == "vm-1");
  struct stat info {};
  REQUIRE(stat(scratch.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(store_key_pair(*scratch.files, scratch.path, pair, "a\nb").error().code == Errc::invalid);
}

TEST_CASE("The first start makes a pair, later starts keep it, a cloned disk gets a new one") {
  Scratch scratch;
  CHECK(load_key_pair(*scratch.files, scratch.path).error().code == Errc::not_found);
  const auto first = load_or_make_key_pair(*scratch.files, scratch.path, "vm-1");
  REQUIRE(first.ok());
  CHECK(*load_or_make_key_pair(*scratch.files, scratch.path, "vm-1") == *first);
  CHECK(*load_or_make_key_pair(*scratch.files, scratch.path, "") == *first);
  const auto clone = load_or_make_key_pair(*scratch.files, scratch.path, "vm-2");
  REQUIRE(clone.ok());
  CHECK(clone->public_key != first->public_key);
  CHECK(*load_or_make_key_pair(*scratch.files, scratch.path, "vm-2") == *clone);
}

TEST_CASE("A broken key file is an error that names it, and it is not overwritten") {
  Scratch scratch;
  const auto a = *make_key_pair();
  const auto b = *make_key_pair();
  const std::string head = "edgeherd-curve-key 1\n";
  const std::string mixed =
      head + "public " + a.public_key + "\nsecret " + b.secret_key + "\nmachine \n";
  for (const auto& text : {std::string(), std::string("garbage"), head, mixed,
                           head + "public x\nsecret y\nmachine z\n"}) {
    REQUIRE(scratch.files->write_whole(scratch.path, text).ok());
    const auto pair = load_or_make_key_pair(*scratch.files, scratch.path, "vm-1");
    REQUIRE_FALSE(pair.ok());
    CHECK(pair.error().code == Errc::broken);
    CHECK(pair.error().message.find(scratch.path) != std::string::npos);
    CHECK(*scratch.files->read_whole(scratch.path, 4096) == text);
  }
}

TEST_CASE("More connections than the hard limit of open files are refused with both figures") {
  for (const auto ask : {&ensure_descriptors, &check_descriptors}) {
    CHECK(ask(10).ok());
    const auto status = ask(1ull << 40);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == Errc::exhausted);
    CHECK(status.error().message.find("hard limit") != std::string::npos);
  }
}
