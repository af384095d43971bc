// Where the provider suite runs, too: the example of a program for the provider `exec`, with
// trouble between.
#pragma once

#include <fstream>
#include <memory>

#include "coordinator/providers/exec/exec_provider.h"
#include "tests/support/real_loop.h"
#include "tests/support/temp_directory.h"

namespace edgeherd::test {

class ExecWorld : public RealLoop {
 public:
  static constexpr bool knows_intents = true;

  ExecWorld() {
    options_.account = ProviderId("exec");
    options_.timeout = 20s;
    options_.command = {EDGEHERD_SOURCE "/tests/support/troubled.py", dir_.file("trouble"),
                        EDGEHERD_SOURCE "/packaging/example/exec-provider.py",
                        dir_.file("cloud.json")};
    restart();
  }
  [[nodiscard]] act::Provider& provider() { return *provider_; }
  [[nodiscard]] exec::Options& options() { return options_; }
  [[nodiscard]] std::string image() const { return "v1"; }
  void restart() { provider_ = exec::make_exec_provider(options_, asio()); }

  // "CALL TROUBLE [PLACE]": troubled.py has the words.
  void strike(const std::string& trouble) { std::ofstream(dir_.file("trouble")) << trouble; }
  void fail_next_list() { strike("list die"); }
  void sell_out(const std::string& place) { strike("create sold_out " + place); }
  void fail_next_create() { strike("create die"); }
  void throttle_next_create() { strike("create throttle"); }
  // Somebody else deletes it.
  void vanish(const VmId& vm) {
    const auto other = exec::make_exec_provider(options_, asio());
    REQUIRE(await<Status>(*this, [&](auto done) { other->destroy(vm, done); }));
  }
  void lose_next_answer() {
    strike("create lose");
    options_.timeout = 5s;
    restart();
    options_.timeout = 20s;
  }

 private:
  TempDirectory dir_;
  exec::Options options_;
  std::unique_ptr<act::Provider> provider_;
};

}  // namespace edgeherd::test
