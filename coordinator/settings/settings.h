// Settings: the coordinator's configuration as values, checked as a whole.
//
// One main file (coordinator.json) and one file per provider account, whose name is the file's
// stem. docs/coordinator.md lists every key with its default and unit. Thread: value types.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/config/section.h"
#include "common/core/file_system.h"
#include "common/http/listen_address.h"
#include "coordinator/model/event.h"
#include "coordinator/model/policy.h"

namespace edgeherd::settings {

struct Tls {
  std::string certificate;  // path, PEM chain
  std::string key;          // path, PEM
};

enum class ApiRole { viewer, operator_ };

struct ApiToken {
  std::string name;
  ApiRole role = ApiRole::viewer;
  std::string sha256_hex;
};

// The HTTP API. Anything but loopback needs TLS and at least one token.
struct Api {
  http::ListenAddress listen{"127.0.0.1", 9480};
  std::optional<Tls> tls;
  std::optional<bool> open_reads;  // absent: open on loopback
  std::vector<ApiToken> tokens;
};

// The agents' ports. The defaults suit a fleet on this machine.
struct Agents {
  std::string address = "127.0.0.1";  // to listen on
  std::uint16_t fleet_port = 9400;
  std::uint16_t enroll_port = 9401;
  std::string advertise;           // host that agents connect to; empty: `address`
  std::string enrolment_key_file;  // made at the first start if it does not exist
  std::string server_key_file;     // the CURVE key pair; likewise
};

struct Archive {
  std::string url;               // "file:///...", "s3://..."; see docs/coordinator.md
  std::string credentials_file;  // for s3; empty: the environment
  std::string profile = "default";
  std::optional<http::ListenAddress> listen;  // for file: a port of its own
  std::string public_url;  // for file: as nodes reach it; empty: made of the listener
};

enum class NotifyKind { webhook, exec };

struct Notify {
  std::string name;
  NotifyKind kind = NotifyKind::webhook;
  model::Severity min_severity = model::Severity::warning;
  Duration repeat_after = 5min;
  Duration deadline = 10s;
  std::string url;                                           // webhook
  std::vector<std::pair<std::string, std::string>> headers;  // webhook
  std::string secret;                                        // webhook; empty: unsigned
  std::vector<std::string> argv;                             // exec
  bool operator==(const Notify&) const = default;
};

enum class HealthTls { off, on };

// How the coordinator itself looks at the nodes of a zone.
struct Probe {
  std::uint16_t health_port = 9180;
  HealthTls health_tls = HealthTls::off;
  std::uint16_t edge_port = 80;
  std::string edge_path = "/";
  std::string edge_host;
  std::string edge_body;
};

struct Zone {
  std::string region_name;
  Probe probe;
};

// What is kept of the record (history.db), and for how long.
struct History {
  Duration decisions_for = 24h * 30;                      // that took no server away, and events
  Duration inputs_for = 48h;                              // of those decisions
  std::uint64_t inputs_bytes = std::uint64_t{512} << 20;  // of all decisions, compressed
  Duration removals_for = 24h * 90;  // decisions that took a server away, and stories of servers
  std::uint64_t bytes = std::uint64_t{1} << 30;  // of the file
  bool operator==(const History&) const = default;
};

// A part of a file that belongs to whoever is named by its type.
struct Foreign {
  std::string file;
  config::Value value;  // an object
};

struct Provider {
  ProviderId id;
  std::string type;
  int concurrency = 8;  // calls to the account at once
  double calls_per_s = 4;
  Duration hung_call_limit = 3min;  // how long an unanswered call counts against `concurrency`
  Foreign options;                  // the file's "options"
};

// A name with one part for each region; see model/dns_names.h.
struct Routed {
  std::string name;
  model::RouteBy by = model::RouteBy::weighted;
};

struct Dns {
  std::string type = "none";
  std::string zone;  // every name must lie inside; empty: the type has no key "zone"
  std::optional<Routed> routed;
  Foreign options;  // the main file's "dns"
};

struct Settings {
  std::string path;    // of the main file
  std::string digest;  // hex SHA-256 over all files
  std::string state_dir = "/var/lib/edgeherd";
  std::string log_level = "info";
  Api api;
  Agents agents;
  Archive archive;
  History history;
  Dns dns;
  std::vector<Notify> notify;
  std::vector<Provider> providers;
  std::map<ZoneId, Zone> zones;
  model::Policy policy;
};

// `file_to_come` need not be there, but is no directory; `anything` may be one.
enum class NeededKind { anything, file, program, file_to_come };

// What a section names by `key` and has not in itself: a file, program or directory, or else a
// variable of the environment. It may come later, or be there for the service alone: that it is not
// there, or not what it should be, is a warning.
struct Needed {
  std::string key;
  std::string path;           // looked for if it begins at the root
  std::string variable = {};  // likewise, if there is no path
  NeededKind kind = NeededKind::file;
  // What is wrong with the file's text; not called for one that cannot be read.
  std::function<Status(std::string_view)> check = nullptr;
};

// What is wrong with a placement of a zone, and which key of it.
struct Wrong {
  std::string key;
  std::string what;
};

// Checks what only a provider or DNS type understands; reports problems into the section and
// finishes it. Of `dns` it must accept the keys "type" and "routed".
using OptionsCheck = std::function<std::vector<Needed>(config::Section&)>;
// Whether a server can be ordered there, by the provider's `options`, which are good ones.
using PlacementCheck =
    std::function<std::optional<Wrong>(config::Section& options, const model::PlacementPolicy&)>;
struct Types {
  std::map<std::string, OptionsCheck> providers;
  std::map<std::string, OptionsCheck> dns;
  std::set<std::string> routing_dns = {};                 // those that have names of several parts
  std::map<std::string, Duration> least_ttls = {};        // of DNS types that take no shorter one
  std::map<std::string, PlacementCheck> placements = {};  // by provider type
  std::function<const char*(const char*)> environment = {};  // getenv(3); none: not looked at
};

struct Loaded {
  std::optional<Settings> settings;   // only without problems
  std::vector<std::string> problems;  // "file:line:column: what", all at once
  std::vector<std::string> warnings;  // likewise
  std::vector<std::string> files;     // that were read
};

// `path`: a directory with coordinator.json, or a main file. Reads every file, changes nothing.
// Relative paths inside are taken from the main file's directory.
[[nodiscard]] Loaded load(const std::string& path, FileSystem& files, const Types& types);

// The same for what may also be a provider file alone (it has "regions").
[[nodiscard]] Loaded check(const std::string& path, FileSystem& files, const Types& types);

}  // namespace edgeherd::settings
