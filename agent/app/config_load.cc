#include <algorithm>
#include <initializer_list>

#include "agent/app/config.h"
#include "agent/app/config_checks.h"
#include "agent/app/config_text.h"
#include "agent/collect/edge_filter.h"
#include "common/aws/configure.h"
#include "common/config/section.h"
#include "common/core/text.h"
#include "common/crypto/digest.h"
#include "common/net/curve_key.h"
#include "common/os/real.h"

namespace edgeherd::agent {
namespace {

using config::Need;
using config::Problems;
using config::Section;
using config::Value;

constexpr std::size_t max_coordinators = 8;
constexpr std::size_t max_edge_ports = 32;
constexpr std::size_t max_hook_arguments = 64;

// What differs from VM to VM is no part of the digest.
const std::vector<std::string_view> node_specific{
    "node", "vm_id", "user_data", "metadata_url", "probe_token", "enrolment_token", "coordinators"};

Result<Value> read_file(const std::string& path) {
  const auto files = os::make_file_system();
  auto text = files->read_whole(path, config::max_file_bytes);
  if (!text) return text.error();
  return config::parse_json(path, *text);
}

void read_coordinators(Section& root, AgentConfig& config) {
  if (!root.has("coordinators")) return root.ignore("coordinators");
  config.coordinators.clear();
  for (auto& section : root.section_list("coordinators", Need::optional)) {
    CoordinatorAddress address;
    section.text("endpoint", address.endpoint, Need::required);
    section.text("public_key", address.public_key, Need::required);
    section.text("enroll_endpoint", address.enroll_endpoint, Need::optional);
    for (const auto& [key, endpoint] : {std::pair{"endpoint", &address.endpoint},
                                        {"enroll_endpoint", &address.enroll_endpoint}}) {
      if (!endpoint->empty() && !endpoint->starts_with("tcp://")) {
        section.problem(key, "\"" + std::string(key) + "\" must begin with tcp://");
      }
    }
    if (!address.public_key.empty() && !net::is_curve_key(address.public_key)) {
      section.problem("public_key", "\"public_key\" must be a Z85 text of 40 characters");
    }
    section.finish();
    config.coordinators.push_back(std::move(address));
  }
  if (config.coordinators.size() > max_coordinators) {
    root.problem("coordinators", "at most 8 coordinators can be configured");
  }
}

// What the image's file and the user data may both say.
void read_node(Section& root, AgentConfig& config) {
  root.text("node", config.node, Need::optional);
  root.text("vm_id", config.vm_id, Need::optional);
  root.text("enrolment_token", config.enrolment_token, Need::optional);
  root.text("probe_token", config.probe_token, Need::optional);
  read_coordinators(root, config);
}

void read_log_fields(Section& root, logs::LogFormat& format) {
  auto fields = root.section("log_fields", Need::optional);
  if (!fields) return;
  constexpr int last_field = 63;
  const auto field = [&](std::string_view key, int& into) {
    fields->integer(key, into, logs::LogFormat::absent, last_field, Need::optional);
  };
  field("msec", format.msec);
  field("status", format.status);
  field("bytes_sent", format.bytes_sent);
  field("request_time", format.request_time);
  field("upstream_header_time", format.upstream_header_time);
  fields->finish();
}

void read_edge_ports(Section& root, AgentConfig& config) {
  const auto* value = root.raw("edge_ports");
  if (value == nullptr) return;
  const auto* ports = value->array();
  bool good = ports != nullptr && ports->size() <= max_edge_ports;
  for (std::size_t i = 0; good && i < ports->size(); ++i) {
    const auto* port = std::get_if<std::int64_t>(&(*ports)[i].data);
    good = port != nullptr && *port >= 1 && *port <= 65535;
    if (good) config.edge_ports.push_back(static_cast<std::uint16_t>(*port));
  }
  if (!good) root.problem("edge_ports", "\"edge_ports\" must be a list of at most 32 port numbers");
}

void read_hooks(Section& root, AgentConfig& config) {
  root.duration("hook_timeout", config.hook_timeout, 1s, 10min, Need::optional);
  auto hooks = root.section("hooks", Need::optional);
  if (!hooks) return;
  const auto hook = [&](std::string_view key, std::vector<std::string>& argv) {
    hooks->texts(key, argv, Need::optional);
    if (argv.size() > max_hook_arguments || (!argv.empty() && argv.front().empty())) {
      hooks->problem(key, "\"" + std::string(key) +
                              "\" must be a program and its arguments, at most 64 texts");
    }
  };
  hook("reopen_logs", config.hooks.reopen_logs);
  hook("close_listener", config.hooks.close_listener);
  hook("open_listener", config.hooks.open_listener);
  hook("reload", config.hooks.reload);
  hooks->finish();
}

void read_logs(Section& root, AgentConfig& config) {
  root.text("access_log", config.access_log, Need::optional);
  read_log_fields(root, config.log_format);
  root.text("spool_dir", config.spool_dir, Need::optional);
  root.bytes("spool_max_bytes", config.spool_max_bytes, 1ULL << 20, 1ULL << 50, Need::optional);
  root.bytes("rotate_bytes", config.rotate_bytes, 1ULL << 10, 1ULL << 40, Need::optional);
  root.duration("rotate_age", config.rotate_age, 1s, 24h, Need::optional);
  root.duration("holder_timeout", config.holder_timeout, 1s, 1h, Need::optional);
  root.choice("holder_policy", config.holder_policy,
              {{"wait", logs::HolderPolicy::wait}, {"ship", logs::HolderPolicy::ship}},
              Need::optional);
  root.bytes("disk_free_floor_bytes", config.disk_free_floor_bytes, 0, 1ULL << 50, Need::optional);
}

void read_page(Section& root, AgentConfig& config) {
  std::string listen;
  root.text("listen", listen, Need::optional);
  if (!listen.empty()) {
    auto address = http::parse_listen(listen);
    if (address) {
      config.listen = *address;
    } else {
      root.problem("listen", "\"listen\": " + address.error().message);
    }
  }
  if (auto tls = root.section("tls", Need::optional)) {
    config.tls.emplace();
    tls->text("certificate", config.tls->certificate, Need::required);
    tls->text("key", config.tls->key, Need::required);
    tls->finish();
  }
}

// What a HELLO holds: one that is larger is refused as a whole, and the node would never serve.
void read_image_version(Section& root, AgentConfig& config) {
  constexpr std::size_t longest = 128;
  root.text("image_version", config.image_version, Need::optional);
  if (config.image_version.size() > longest || !is_clean(config.image_version)) {
    root.problem("image_version", "\"image_version\" has at most " + std::to_string(longest) +
                                      " bytes, and no control characters");
  }
}

void read_image(Section& root, AgentConfig& config) {
  read_image_version(root, config);
  root.text("state_dir", config.state_dir, Need::optional);
  read_page(root, config);
  read_logs(root, config);
  root.text("stub_status", config.stub_status, Need::optional);
  if (!config.stub_status.empty() && !config.stub_status.starts_with("http://")) {
    root.problem("stub_status", "\"stub_status\" must be a URL that begins with http://");
  }
  read_edge_ports(root, config);
  root.text("edge_address", config.edge_address, Need::optional);
  if (!config.edge_address.empty()) {
    if (auto address = parse_address(config.edge_address); !address) {
      root.problem("edge_address", "\"edge_address\": " + address.error().message);
    }
  }
  root.duration("sample_interval", config.sample_interval, 100ms, 1min, Need::optional);
  read_hooks(root, config);
  if (root.has("checks")) {
    config.checks = read_checks(root);
  } else {
    root.ignore("checks");
    config.checks = default_checks(config);
  }
}

void read_metadata(Section& root, MetadataOptions& options) {
  root.choice("metadata", options.wanted,
              {{"none", metadata::Wanted::none},
               {"auto", metadata::Wanted::automatic},
               {"aws", metadata::Wanted::aws},
               {"digitalocean", metadata::Wanted::digitalocean}},
              Need::optional);
  aws::read_endpoint(root, "metadata_url", options.url);
}

struct UserData {
  std::string name;  // of its file, or where it came from
  std::optional<Value> value;
  Variables variables;
};

// Keys that this agent does not know are a newer coordinator's, and none of our business.
Result<UserData> understood(const std::string& name, Result<Value> value) {
  if (!value) return value.error().within("user data");
  UserData data{name, std::move(value).value(), {}};
  Problems problems(name);
  Section root(*data.value, problems);
  if (const auto* variables = root.raw("variables")) {
    const auto* object = variables->object();
    if (object == nullptr) problems.add(variables->at, "\"variables\" must be a section in braces");
    for (const auto& member : object == nullptr ? config::Object{} : *object) {
      if (const auto* text = member.value.text()) {
        data.variables[member.key] = *text;
      } else {
        problems.add(member.value.at, "\"" + member.key + "\" must be a text");
      }
    }
  }
  if (auto good = problems.status(); !good) return good.error();
  return data;
}

Result<UserData> read_user_data(const std::string& file, const metadata::Found* found) {
  if (!file.empty()) return understood(file, read_file(file));
  if (found == nullptr || found->user_data.empty()) return UserData{};
  const auto& name = found->user_data_from;
  return understood(name, config::parse_json(name, found->user_data));
}

bool has_variables(Value image) {
  Problems unknown("");
  substitute(image, {}, unknown);
  return !unknown.status();
}

// Of an image with `${name}` in it, before anybody knows what they stand for: what waiting needs.
void read_for_waiting(Section& root, AgentConfig& config) {
  const auto plain = [&](std::string_view key, const std::string& text) {
    if (text.find("${") == std::string::npos) return true;
    root.problem(key, "\"" + std::string(key) +
                          "\" may hold no ${name}: with \"metadata\" it is needed before the user "
                          "data is there");
    return false;
  };
  std::string listen;
  root.text("listen", listen, Need::optional);
  root.text("state_dir", config.state_dir, Need::optional);
  plain("state_dir", config.state_dir);
  if (plain("listen", listen)) read_page(root, config);
  if (config.tls) plain("tls", config.tls->certificate + config.tls->key);
  read_image_version(root, config);
  root.text("probe_token", config.probe_token, Need::optional);
}

Result<AgentConfig> load(const std::string& path, const std::string& user_data_file,
                         const metadata::Found* found) {
  auto image = read_file(path);
  if (!image) return image.error();
  AgentConfig config;
  config.digest = crypto::to_hex(crypto::sha256(canonical(*image, node_specific)));

  Problems problems(path);
  Section root(*image, problems);
  std::string file;
  root.text("user_data", file, Need::optional);
  if (!user_data_file.empty()) file = user_data_file;
  read_metadata(root, config.metadata);
  const bool awaited = config.metadata.wanted != metadata::Wanted::none && !found && file.empty();
  if (awaited && has_variables(*image)) {
    read_for_waiting(root, config);
    if (auto good = problems.status(); !good) return good.error();
    return config;
  }
  auto data = read_user_data(file, found);
  if (!data) return data.error();

  substitute(*image, data->variables, problems);
  read_image(root, config);
  read_node(root, config);
  root.finish();
  if (auto good = problems.status(); !good) return good.error();
  if (data->value) {
    Problems user_problems(data->name);
    Section user(*data->value, user_problems);
    read_node(user, config);
    if (auto good = user_problems.status(); !good) return good.error();
  }
  if (found != nullptr) {
    config.cloud = found->facts;
    if (config.vm_id.empty()) config.vm_id = found->facts.instance_id;
  }
  if (awaited) return config;
  if (auto good = validate(config); !good) return good.error().within(path);
  return config;
}

}  // namespace

Result<AgentConfig> load_config(const std::string& path, const std::string& user_data) {
  return load(path, user_data, nullptr);
}

Result<AgentConfig> load_config(const std::string& path, const std::string& user_data,
                                const metadata::Found& found) {
  return load(path, user_data, &found);
}

}  // namespace edgeherd::agent
