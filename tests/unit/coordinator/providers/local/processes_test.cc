#include "coordinator/providers/local/processes.h"

#include "tests/support/catch.h"

namespace edgeherd::local {

TEST_CASE("a process is read behind its name, which may hold anything") {
  const std::string rest = " 1 17 16 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 1 0 4711 1000 20 9\n";
  const auto process = parse_process("17 (a) Z 1 (b) S" + rest, 17);
  REQUIRE(process);
  CHECK(process->pid == 17);
  CHECK(process->session == 16);
  CHECK(process->start_ticks == 4711);
  CHECK(process->mark.empty());
  CHECK_FALSE(parse_process("17 (a) Z" + rest, 17));
  CHECK_FALSE(parse_process("17 (a) X" + rest, 17));
  for (const char* text : {"", "17", "17 (a)", "17 (a) S 1 17 16", "17 (a) S 1 17 x 0"}) {
    CHECK_FALSE(parse_process(text, 17));
  }
}

TEST_CASE("the mark is a variable of its own, up to its end") {
  using namespace std::string_literals;
  CHECK(parse_mark("A=b\0EDGEHERD_VM=vm-1\0C=d\0"s) == "vm-1");
  CHECK(parse_mark("EDGEHERD_VM=vm-1"s) == "vm-1");
  CHECK(parse_mark("A=EDGEHERD_VM=vm-1\0EDGEHERD_VMS=2\0"s).empty());
  CHECK(parse_mark("").empty());
}

}  // namespace edgeherd::local
