#include "coordinator/cli/table.h"

#include <sstream>

#include "coordinator/cli/fields.h"
#include "tests/support/catch.h"

using namespace edgeherd::cli;

namespace {

std::string printed(const Table& table, Device device, Header header = Header::shown) {
  std::ostringstream out;
  std::ostringstream err;
  Terminal terminal(out, err, device);
  table.print(terminal, header);
  return out.str();
}

}  // namespace

TEST_CASE("columns are as wide as their widest cell, and no line ends with a space") {
  Table table({{"ZONE"}, {"CPU", Align::right}, {"OUTCOME"}});
  table.add({"local/lon1", "7 %", "hold"});
  table.add({"aws/x", "100 %", ""});
  CHECK(printed(table, Device::plain) ==
        "ZONE          CPU  OUTCOME\n"
        "local/lon1    7 %  hold\n"
        "aws/x       100 %  -\n");
}

TEST_CASE("without a header only the rows count, and least widths hold") {
  Table table({{"A VERY LONG TITLE", Align::left, 4}, {"B"}});
  table.add({"x", "y"});
  CHECK(printed(table, Device::plain, Header::hidden) == "x     y\n");
}

TEST_CASE("letters of several bytes take one place") {
  Table table({{"A"}, {"B"}});
  table.add({"Malm\xc3\xb6", "x"});
  table.add({"Paris", "y"});
  CHECK(printed(table, Device::plain) ==
        "A      B\n"
        "Malm\xc3\xb6  x\n"
        "Paris  y\n");
}

TEST_CASE("colours do not move columns, and come only where they are understood") {
  Table table({{"A"}, {"B"}});
  table.add({{"bad", Style::alarm}, "x"});
  CHECK(printed(table, Device::plain) == "A    B\nbad  x\n");
  CHECK(printed(table, Device::screen) ==
        "\033[1mA\033[0m    \033[1mB\033[0m\n\033[31mbad\033[0m  x\n");
}

TEST_CASE("what could steer a terminal does not get there") {
  CHECK(printable("a\033[2Jb\nc\x7f") == "a [2Jb c ");
  CHECK(printable("x\xc2\x9bJ") == "x J");
  CHECK(printable("Malm\xc3\xb6") == "Malm\xc3\xb6");
}
