#include "coordinator/dns/rfc2136/wildcard.h"

#include "coordinator/dns/rfc2136/update.h"
#include "tests/support/catch.h"

using namespace edgeherd;
using namespace edgeherd::dns;

namespace {

const std::string name = "lon1.edge.example.org";
const std::string wildcard = "*.edge.example.org";

Record address(const std::string& of, const std::string& text, std::uint32_t ttl_s = 30) {
  return {of, RecordType::a, RecordClass::in, ttl_s, *address_data(text)};
}

DnsMessage answer(std::vector<Record> records) {
  DnsMessage message;
  message.reply = message.authoritative = true;
  message.answers = std::move(records);
  return message;
}

bool copied(std::vector<Record> of_name, std::vector<Record> of_wildcard) {
  return may_be_copy({name, answer(std::move(of_name))},
                     {wildcard, answer(std::move(of_wildcard))});
}

}  // namespace

TEST_CASE("every wildcard between a name and the top of its zone may answer for it") {
  using Names = std::vector<std::string>;
  CHECK(wildcards_above("a.b.example.org", "example.org") ==
        Names{"*.b.example.org", "*.example.org"});
  CHECK(wildcards_above("a.example.org", "example.org") == Names{"*.example.org"});
  CHECK(wildcards_above("example.org", "example.org").empty());
  CHECK(wildcards_above("org", "").empty());
}

TEST_CASE("an answer may be a copy only when it has all records of the wildcard and no others") {
  const Record one = address(name, "192.0.2.1");
  const Record two = address(name, "192.0.2.2");
  CHECK(copied({one}, {address(wildcard, "192.0.2.1")}));
  CHECK(copied({one, two}, {address(wildcard, "192.0.2.2"), address(wildcard, "192.0.2.1")}));
  CHECK_FALSE(copied({one}, {address(wildcard, "192.0.2.2")}));
  CHECK_FALSE(copied({one}, {address(wildcard, "192.0.2.1"), address(wildcard, "192.0.2.2")}));
  CHECK_FALSE(copied({one}, {}));
  CHECK_FALSE(copied({}, {}));
  // What an alias leads to is another name's.
  const Record alias{name, RecordType::cname, RecordClass::in, 30, "x"};
  const Record wild_alias{wildcard, RecordType::cname, RecordClass::in, 30, "y"};
  CHECK(copied({alias, address("www.example.org", "192.0.2.1")}, {wild_alias}));
  CHECK_FALSE(copied({alias}, {address(wildcard, "192.0.2.1")}));
  const Record other_class{name, RecordType::a, RecordClass::any, 30, *address_data("192.0.2.1")};
  CHECK_FALSE(copied({other_class}, {address(wildcard, "192.0.2.1")}));
}

TEST_CASE("a wildcard that is one of our names is no copy of itself") {
  const DnsMessage same = answer({address(wildcard, "192.0.2.1")});
  CHECK_FALSE(may_be_copy({wildcard, same}, {wildcard, same}));
}

TEST_CASE("it is asked for records of the kind that was answered, and nothing is changed") {
  const DnsMessage of_address = answer({address(name, "192.0.2.1")});
  const DnsMessage of_alias = answer({{name, RecordType::cname, RecordClass::in, 30, "x"}});
  for (const auto& [said, type] :
       {std::pair(of_address, RecordType::a), std::pair(of_alias, RecordType::cname),
        std::pair(answer({}), RecordType::a)}) {
    const DnsMessage question = question_of_own("edge.example.org", {name, said});
    CHECK(question.opcode == Opcode::update);
    CHECK(question.questions.front().name == "edge.example.org");
    REQUIRE(question.answers.size() == 1);
    CHECK(question.answers.front().name == name);
    CHECK(question.answers.front().type == type);
    CHECK(question.answers.front().klass == RecordClass::any);
    CHECK(question.authority.empty());
  }
}

TEST_CASE("a prerequisite that holds means yes, one that does not means no, all else is an error") {
  DnsMessage said = answer({});
  CHECK(*own_of(said) == Own::some);
  said.rcode = Rcode::no_such_set;
  CHECK(*own_of(said) == Own::none);
  said.rcode = Rcode::refused;
  REQUIRE_FALSE(own_of(said));
  CHECK(own_of(said).error().code == Errc::refused);
}
