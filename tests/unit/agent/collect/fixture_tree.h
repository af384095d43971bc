// A /proc and /sys of a test's own, in a temporary folder.
#pragma once

#include <cassert>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <stdlib.h>

namespace edgeherd::test {

class FixtureTree {
 public:
  FixtureTree() {
    std::string pattern = (std::filesystem::temp_directory_path() / "edgeherd-box-XXXXXX").string();
    const char* made = ::mkdtemp(pattern.data());
    assert(made != nullptr);
    root_ = made;
  }
  ~FixtureTree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  FixtureTree(const FixtureTree&) = delete;
  FixtureTree& operator=(const FixtureTree&) = delete;

  [[nodiscard]] const std::string& root() const { return root_; }

  // In place, as the kernel's files change: a descriptor that is held open sees the new text.
  void write(const std::string& path, std::string_view text) {
    const auto whole = std::filesystem::path(root_) / path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole, std::ios::trunc) << text;
  }
  void folder(const std::string& path) {
    std::filesystem::create_directories(std::filesystem::path(root_) / path);
  }
  void remove(const std::string& path) {
    std::filesystem::remove_all(std::filesystem::path(root_) / path);
  }

 private:
  std::string root_;
};

}  // namespace edgeherd::test
