// Any bytes as the agent's configuration, and behind a NUL as its user data: a configuration that
// can be used, or an error that names a file.
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "agent/app/config.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;

namespace {

// A name of this process in memory: the real reader wants real files.
std::string file_of(const char* name, std::string_view text) {
  const std::string path = "/dev/shm/edgeherd-fuzz-" + std::to_string(::getpid()) + name;
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  return path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::size_t cut = std::min(text.find('\0'), text.size());
  const std::string image = file_of("-image.json", text.substr(0, cut));
  const std::string user =
      cut < text.size() ? file_of("-user.json", text.substr(cut + 1)) : std::string();
  const auto config = agent::load_config(image, user);
  if (config.ok()) {
    fuzz::require(config->digest.size() == 64 && config->coordinators.size() <= 8);
  } else {
    fuzz::require(config.error().message.find('/') != std::string::npos);
  }
  std::error_code ignored;
  std::filesystem::remove(image, ignored);
  if (!user.empty()) std::filesystem::remove(user, ignored);
  return 0;
}
