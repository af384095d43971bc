// The agent's configuration: what an image carries, and what the user data of its VM adds.
//
// docs/agent.md is the reference of every key. The image's file is the same on all its VMs; the
// user data (JSON too, from a file or from the cloud's metadata service) adds the node's name, its
// tokens, its coordinators, and values for `${name}` in the image's texts. Thread: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/health/check.h"
#include "agent/logs/log_line.h"
#include "agent/logs/shipper.h"
#include "agent/metadata/facts.h"
#include "common/core/clock.h"
#include "common/core/result.h"
#include "common/http/listen_address.h"

namespace edgeherd::agent {

struct CoordinatorAddress {
  std::string endpoint;         // "tcp://coordinator.example:7171"
  std::string public_key;       // Z85, 40 characters
  std::string enroll_endpoint;  // empty: the agent's key is known there already
};

struct TlsConfig {
  std::string certificate;
  std::string key;
};

struct Hooks {
  std::vector<std::string> reopen_logs;
  std::vector<std::string> close_listener;
  std::vector<std::string> open_listener;
  std::vector<std::string> reload;
};

struct MetadataOptions {
  metadata::Wanted wanted = metadata::Wanted::none;
  std::string url = "http://169.254.169.254";
};

struct AgentConfig {
  std::string node;   // empty: the host's name
  std::string vm_id;  // empty: what the box itself knows
  MetadataOptions metadata;
  std::optional<metadata::Facts> cloud;  // absent until the metadata service has said them
  std::string image_version;
  std::string state_dir = "/var/lib/edgeherd-agent";
  http::ListenAddress listen{"127.0.0.1", 9180};
  std::optional<TlsConfig> tls;
  std::string probe_token;
  std::string enrolment_token;
  std::vector<CoordinatorAddress> coordinators;

  std::string access_log;  // empty: none is read
  logs::LogFormat log_format;
  std::string stub_status;  // URL; empty: not asked
  std::vector<std::uint16_t> edge_ports;
  std::string edge_address;  // of this edge, where several share a host; empty: any
  Duration sample_interval = 1s;

  std::vector<CheckSpec> checks;

  Hooks hooks;
  Duration hook_timeout = 30s;

  std::string spool_dir;  // empty: the access log's path with ".spool" behind it
  std::uint64_t spool_max_bytes = 4ULL << 30;
  std::uint64_t rotate_bytes = 32ULL << 20;
  Duration rotate_age = 5min;
  Duration holder_timeout = 60s;
  logs::HolderPolicy holder_policy = logs::HolderPolicy::wait;
  std::uint64_t disk_free_floor_bytes = 256ULL << 20;

  // Hex SHA-256 of the image's file in canonical form, as docs/agent.md defines it: the same on
  // every VM of an image. Empty in standalone mode.
  std::string digest;
};

// Reads the file and, where it or `user_data` names one, the user data (`user_data` wins; empty:
// none). The error names file, line, column and key of everything that is wrong; it may have
// several lines.
//
// Where the file names a metadata service, what is returned is only good for waiting for its
// answer: without a user data file the user data is not known yet, and texts with `${name}` are
// not looked at.
[[nodiscard]] Result<AgentConfig> load_config(const std::string& path,
                                              const std::string& user_data);

// The same, with that answer: its user data, unless there is a user data file, its facts, and its
// instance id as `vm_id` where nothing else says one.
[[nodiscard]] Result<AgentConfig> load_config(const std::string& path, const std::string& user_data,
                                              const metadata::Found& found);

// The checks of an agent that was given none: free disk space, and a GET to the first edge port.
[[nodiscard]] std::vector<CheckSpec> default_checks(const AgentConfig& config);

// What must hold between the members, whoever set them: listening beyond loopback wants a token,
// a coordinator a node's name, its access log, and the hook that has nginx reopen it.
[[nodiscard]] Status validate(const AgentConfig& config);

}  // namespace edgeherd::agent
