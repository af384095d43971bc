// The archives that the contract is held against, each with a way to PUT as a node would.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/archive/archive.h"
#include "common/core/event_loop.h"
#include "tests/support/real_loop.h"

namespace edgeherd::test {

class Bench {
 public:
  virtual ~Bench() = default;
  [[nodiscard]] virtual archive::LogArchive& archive() = 0;
  [[nodiscard]] virtual EventLoop& loop() = 0;
  virtual void start_put(const archive::Grant& grant, std::string body,
                         std::function<void(Result<int>)> done) = 0;
  [[nodiscard]] virtual bool run_until(const std::function<bool()>& happened) = 0;
  // From now on nobody listens where the archive was, or whoever does says nothing.
  virtual void go_away() = 0;
  virtual void go_silent() = 0;
  // The archive's clock runs `offset` ahead of ours; false where both are the same by nature.
  [[nodiscard]] virtual bool shift_clock(Duration offset) = 0;
  // Keys of one test do not meet those of another: a directory of its own in each.
  [[nodiscard]] const archive::NodePath& node() const { return node_; }

  [[nodiscard]] WallTime now() { return loop().clock().wall(); }
  [[nodiscard]] Result<int> put(const archive::Grant& grant, const std::string& body);
  [[nodiscard]] Result<archive::Verification> verify(const std::string& key,
                                                     const archive::Expected& expected);
  [[nodiscard]] Result<std::string> read(const std::string& key, std::size_t limit);
  [[nodiscard]] Result<std::vector<archive::ObjectInfo>> list(const std::string& key_prefix);
  [[nodiscard]] Status check();

 protected:
  Bench();

 private:
  archive::NodePath node_;
};

// "file", "sim", and "s3 path", "s3 host" when EDGEHERD_TEST_S3 names a server: "endpoint
// access-key secret-key bucket", as tests/support/radosgw.sh prints it.
[[nodiscard]] std::vector<std::string> bench_kinds();
[[nodiscard]] bool has_s3();
[[nodiscard]] std::unique_ptr<Bench> make_bench(const std::string& kind);

}  // namespace edgeherd::test
