// docs/openapi.json tells every member of every answer: real answers are compared with it.
#include <fstream>
#include <set>
#include <sstream>

#include <boost/json/array.hpp>

#include "tests/unit/coordinator/api/api_bench.h"

using namespace edgeherd;
using namespace edgeherd::tests;

namespace {

namespace json = boost::json;

// The description, asked for what an answer may hold.
class Description {
 public:
  Description() {
    std::stringstream read;
    read << std::ifstream(EDGEHERD_SOURCE "/docs/openapi.json").rdbuf();
    all_ = json::parse(read.str()).as_object();
  }

  [[nodiscard]] const object& paths() const { return all_.at("paths").as_object(); }

  [[nodiscard]] const object& answer(std::string_view path, std::string_view method) const {
    return paths()
        .at(path)
        .at(method)
        .at("responses")
        .at("200")
        .at("content")
        .at("application/json")
        .at("schema")
        .as_object();
  }

  // Members of `value` that no schema of `schemas` tells, each with its place.
  void compare(const json::value& value, std::vector<const object*> schemas,
               const std::string& place, std::set<std::string>& missing) const {
    schemas = resolved(schemas);
    if (value.is_array()) {
      for (const json::value& one : value.as_array()) {
        compare(one, below(schemas, "items"), place + "[]", missing);
      }
    }
    if (!value.is_object()) return;
    for (const auto& [key, member] : value.as_object()) {
      std::vector<const object*> inner;
      for (const object* schema : schemas) {
        const auto* properties = schema->if_contains("properties");
        const auto* one =
            properties != nullptr ? properties->as_object().if_contains(key) : nullptr;
        if (one != nullptr) inner.push_back(&one->as_object());
      }
      if (inner.empty()) inner = below(schemas, "additionalProperties");
      if (inner.empty()) {
        missing.insert(place + "." + std::string(key));
      } else {
        compare(member, inner, place + "." + std::string(key), missing);
      }
    }
  }

 private:
  static std::vector<const object*> below(const std::vector<const object*>& schemas,
                                          std::string_view key) {
    std::vector<const object*> inner;
    for (const object* schema : schemas) {
      const auto* one = schema->if_contains(key);
      if (one != nullptr && one->is_object()) inner.push_back(&one->as_object());
    }
    return inner;
  }

  // With what they refer to, and all their parts and choices.
  [[nodiscard]] std::vector<const object*> resolved(std::vector<const object*> schemas) const {
    for (std::size_t i = 0; i < schemas.size(); ++i) {
      if (const auto* ref = schemas[i]->if_contains("$ref")) {
        const std::string name =
            std::string(ref->as_string()).substr(sizeof("#/components/schemas/") - 1);
        schemas.push_back(&all_.at("components").at("schemas").at(name).as_object());
      }
      for (const char* key : {"allOf", "anyOf"}) {
        if (const auto* parts = schemas[i]->if_contains(key)) {
          for (const json::value& part : parts->as_array()) schemas.push_back(&part.as_object());
        }
      }
    }
    return schemas;
  }

  object all_;
};

std::string with(std::string path, const std::string& name, const std::string& value) {
  const auto at = path.find("{" + name + "}");
  return at == std::string::npos ? path : path.replace(at, name.size() + 2, value);
}

}  // namespace

TEST_CASE("every member of every answer is told by the API's description") {
  const Description described;
  Setup paused = three_nodes();  // so that orders are taken, and nothing comes of them
  paused.restraint = Restraint::pause;
  Bench bench(paused);
  std::set<std::string> missing;
  int compared = 0;
  const auto compare = [&](std::string_view path, std::string_view method,
                           const http::Response& response) {
    INFO(path << " " << response.body);
    REQUIRE(response.status == 200);
    described.compare(document(response), {&described.answer(path, method)}, std::string(path),
                      missing);
    ++compared;
  };

  // Something to tell: a server on its way out, a flag, events, decisions.
  for (const auto& [path, target, body] :
       std::vector<std::tuple<const char*, const char*, const char*>>{
           {"/v1/nodes/terminate", "/v1/nodes/terminate", R"({"nodes":["bb"],"dry_run":true})"},
           {"/v1/nodes/terminate", "/v1/nodes/terminate", R"({"nodes":["bb"]})"},
           {"/v1/nodes/{node}/protect", "/v1/nodes/a/protect", "{}"},
           {"/v1/pause", "/v1/pause", R"({"reason":"x"})"},
           {"/v1/config/check", "/v1/config/check", "{}"},
           {"/v1/config/reload", "/v1/config/reload", "{}"}}) {
    compare(path, "post", bench.alice.post(target, body));
  }
  std::string number;
  for (int attempts = 0; attempts < 10'000 && number.empty(); ++attempts) {
    const http::Response response = bench.alice.get("/v1/explain/lon1");
    if (response.status == 200) number = std::to_string(document(response).at("number").as_int64());
  }
  REQUIRE_FALSE(number.empty());
  for (const auto& [path, methods] : described.paths()) {
    const std::string name(path);
    if (!methods.as_object().contains("get") || !name.starts_with("/v1/")) continue;
    std::string target = with(with(name, "provider", "test"), "zone", "lon1");
    target = with(with(target, "node", "a"), "number", number);
    compare(name, "get", bench.alice.get(target));
  }
  CHECK(compared > 18);
  CHECK(missing == std::set<std::string>{});
}
