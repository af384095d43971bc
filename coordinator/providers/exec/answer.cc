#include "coordinator/providers/exec/answer.h"

#include <cstdint>
#include <optional>
#include <utility>

#include <boost/json.hpp>

#include "common/core/text.h"
#include "common/core/utc.h"

namespace edgeherd::exec {

namespace json = boost::json;

namespace {

constexpr int schema = 1;
constexpr std::size_t longest_message = 500;  // of an error, in bytes

json::object request_of(const ProviderId& account, std::string_view call) {
  return {{"schema", schema}, {"call", call}, {"account", account.str()}};
}

Error broken(const std::string& what) {
  return fail(Errc::broken, what);
}

std::optional<Errc> errc_from(std::string_view word) {
  for (const Errc code : {Errc::invalid, Errc::not_found, Errc::conflict, Errc::refused,
                          Errc::throttled, Errc::out_of_stock, Errc::unavailable, Errc::timeout}) {
    if (word == to_string(code)) return code;
  }
  return std::nullopt;
}

// Reads the members of one object; the first thing that is wrong is kept.
class Reader {
 public:
  Reader(const json::object& object, std::string path) : object_(object), path_(std::move(path)) {}

  std::string text(const char* key) {
    const json::value* value = find(key);
    if (value != nullptr && value->is_string()) return std::string(value->get_string());
    wrong(key, "a text is expected");
    return {};
  }
  // Empty when it is absent or null.
  std::string optional_text(const char* key) {
    const json::value* value = find(key);
    return value == nullptr || value->is_null() ? std::string() : text(key);
  }
  const json::array* list(const char* key) {
    const json::value* value = find(key);
    if (value != nullptr && value->is_array()) return &value->get_array();
    wrong(key, "a list is expected");
    return nullptr;
  }
  std::uint64_t count(const char* key) {
    const json::value* value = find(key);
    if (value != nullptr && value->is_int64() && value->get_int64() >= 0) {
      return static_cast<std::uint64_t>(value->get_int64());
    }
    wrong(key, "a count is expected");
    return 0;
  }
  WallTime moment(const char* key) {
    const auto parsed = parse_utc(text(key));
    if (parsed) return *parsed;
    wrong(key, parsed.error().message);
    return {};
  }
  void wrong(const char* key, const std::string& what) {
    if (!wrong_) wrong_ = broken(path_ + key + ": " + what);
  }
  [[nodiscard]] Status status() const { return wrong_ ? Status(*wrong_) : Status(); }

 private:
  [[nodiscard]] const json::value* find(const char* key) const { return object_.if_contains(key); }

  const json::object& object_;
  std::string path_;
  std::optional<Error> wrong_;
};

Result<json::object> parse_answer(std::string_view answer) {
  boost::system::error_code failed;
  json::parse_options options;
  options.max_depth = 16;
  json::value value =
      json::parse(json::string_view(answer.data(), answer.size()), failed, {}, options);
  if (failed) return broken("no JSON on its standard output: " + failed.message());
  if (!value.is_object()) return broken("an answer is an object");
  json::object& object = value.get_object();
  const json::value* error = object.if_contains("error");
  if (error == nullptr) return std::move(object);
  if (!error->is_object()) return broken("error: an object is expected");
  Reader reader(error->get_object(), "error.");
  const std::string word = reader.text("code");
  const std::string message = quoted_words(reader.text("message"), longest_message);
  if (auto good = reader.status(); !good) return good.error();
  const auto code = errc_from(word);
  if (!code) return broken("error.code: \"" + word + "\" is none that is known");
  return fail(*code, message);
}

std::optional<model::Power> power_from(std::string_view word) {
  if (word == "starting") return model::Power::starting;
  if (word == "running") return model::Power::running;
  if (word == "stopped") return model::Power::stopped;
  if (word == "unknown") return model::Power::unknown;
  return std::nullopt;
}

Result<model::Vm> vm_of(const json::value& value, const std::string& path) {
  if (!value.is_object()) return broken(path + ": an object is expected");
  Reader reader(value.get_object(), path + ".");
  model::Vm vm;
  vm.id = VmId(reader.text("id"));
  vm.fleet = reader.optional_text("fleet");
  vm.node = NodeId(reader.optional_text("node"));
  vm.place = reader.text("place");
  vm.address = reader.optional_text("address");
  vm.private_address = reader.optional_text("private_address");
  vm.image = ImageId(reader.optional_text("image"));
  vm.created = reader.moment("created");
  const std::string word = reader.text("power");
  const auto power = power_from(word);
  if (power) vm.power = *power;
  if (!power) reader.wrong("power", "\"" + word + "\": starting, running, stopped or unknown");
  if (vm.id.empty()) reader.wrong("id", "a server has an id");
  if (auto good = reader.status(); !good) return good.error();
  return vm;
}

// Every entry of a list, or the first error.
template <class T, class ReadOne>
Result<std::vector<T>> entries(const json::array& list, const std::string& name, ReadOne read) {
  std::vector<T> found;
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto one = read(list[i], name + "[" + std::to_string(i) + "]");
    if (!one) return one.error();
    found.push_back(std::move(*one));
  }
  return found;
}

Result<act::Image> image_of(const json::value& value, const std::string& path) {
  if (!value.is_object()) return broken(path + ": an object is expected");
  Reader reader(value.get_object(), path + ".");
  act::Image image;
  image.id = ImageId(reader.text("id"));
  image.name = reader.optional_text("name");
  image.created = reader.moment("created");
  if (auto good = reader.status(); !good) return good.error();
  return image;
}

}  // namespace

std::string create_request(const ProviderId& account, const act::CreateRequest& request) {
  json::object object = request_of(account, "create");
  object["server"] = {{"node", request.node.str()},    {"fleet", request.fleet},
                      {"zone", request.zone.str()},    {"place", request.place},
                      {"image", request.image.str()},  {"size", request.size},
                      {"user_data", request.user_data}};
  return json::serialize(object);
}

std::string server_request(const ProviderId& account, std::string_view call, const VmId& vm) {
  json::object object = request_of(account, call);
  object["id"] = vm.str();
  return json::serialize(object);
}

std::string plain_request(const ProviderId& account, std::string_view call) {
  return json::serialize(request_of(account, call));
}

Result<model::Vm> parse_server(std::string_view answer) {
  auto object = parse_answer(answer);
  if (!object) return object.error();
  const json::value* server = object->if_contains("server");
  return server == nullptr ? Result<model::Vm>(broken("server: it is missing"))
                           : vm_of(*server, "server");
}

Status parse_done(std::string_view answer) {
  auto object = parse_answer(answer);
  if (!object) return object.error();
  const json::value* done = object->if_contains("done");
  const bool is_done = done != nullptr && done->is_bool() && done->get_bool();
  return is_done ? Status() : Status(broken("done: true is expected"));
}

Result<std::vector<model::Vm>> parse_servers(std::string_view answer) {
  auto object = parse_answer(answer);
  if (!object) return object.error();
  Reader reader(*object, "");
  const std::uint64_t total = reader.count("total");
  const json::array* list = reader.list("servers");
  if (auto good = reader.status(); !good) return good.error();
  if (list->size() != total) {
    return broken("servers: " + std::to_string(list->size()) + " of a total of " +
                  std::to_string(total));
  }
  return entries<model::Vm>(*list, "servers", vm_of);
}

Result<std::vector<act::Image>> parse_images(std::string_view answer) {
  auto object = parse_answer(answer);
  if (!object) return object.error();
  Reader reader(*object, "");
  const json::array* list = reader.list("images");
  if (auto good = reader.status(); !good) return good.error();
  return entries<act::Image>(*list, "images", image_of);
}

}  // namespace edgeherd::exec
