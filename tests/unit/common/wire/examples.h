// One message of each type with every field set: what the golden bytes and the round trips use.
#pragma once

#include <string>
#include <vector>

#include "common/wire/messages.h"

namespace edgeherd::wire::examples {

inline Sample sample() {
  Sample s;
  s.boot_id = "b7k2";
  s.seq = 42;
  s.uptime_ms = 86'400'000;
  s.ready = true;
  s.failing = {"disk"};
  s.load1 = 1.5;
  s.cpus = 4;
  s.cpu_busy_ms = 123'456;
  s.mem_total_bytes = 8'000'000'000;
  s.mem_available_bytes = 3'000'000'000;
  s.psi_cpu_us = 5'000;
  s.psi_memory_us = 0;
  s.psi_io_us = 70'000;
  s.net_rx_bytes = 1'000'000;
  s.net_tx_bytes = 9'000'000;
  s.disk_read_bytes = 4096;
  s.disk_write_bytes = 8192;
  s.disk_busy_ms = 17;
  s.connections = 250;
  s.requests = 1'000'000;
  s.requests_until_ms = 1'763'856'000'123;
  s.stub_requests = 1'000'001;
  s.status_classes = {0, 990'000, 5'000, 4'000, 1'000};
  s.body_bytes = 12'345'678'901;
  s.latency = {{0, 5}, {230, 900'000}, {1023, 1}};
  s.log_lines_lost = 3;
  s.spool_segments = 2;
  s.spool_bytes = 65'536;
  return s;
}

inline Hello hello() {
  Hello h;
  h.node = NodeId("int-1");
  h.vm_id = "vm-1";
  h.boot_id = "b7k2";
  h.agent_version = "0.1.0";
  h.image_version = "v7";
  h.config_digest = std::string(64, 'a');
  h.highest_epoch = 3;
  h.verbs = {"drain", "undrain"};
  h.drain_state = "serving";
  h.spool_segments = 1;
  h.spool_bytes = 300;
  return h;
}

// In the order of MessageType.
inline std::vector<Message> all() {
  return {
      Enroll{NodeId("int-1"), std::string(64, 'f'), "vm-1", "0.1.0"},
      EnrollReply{false, "the token is not for this node"},
      hello(),
      HelloReply{1, 3, "local/lon1", 1000},
      sample(),
      Event{"alarm", "log_lines_lost", "3 lines"},
      Command{ActionId("act-9"), 3, 30'000, "drain", {{"reason", "scale-in"}}},
      CommandStatus{ActionId("act-9"), CommandState::failed, "nginx did not answer"},
      UploadRequest{7, "2026-11-23", 100, 20'000, 3'000, std::string(64, '0'),
                    "1B2M2Y8AsgTpgAmY7PhCfg=="},
      UploadGrant{7,
                  "logs/n/7.log.gz",
                  "https://127.0.0.1/logs/n/7.log.gz?sig=1",
                  {{"If-None-Match", "*"}},
                  60'000,
                  ""},
      UploadDone{7, "logs/n/7.log.gz", 100, 3'000, std::string(64, '0')},
      UploadVerdict{7, true, "", false},
      Heartbeat{12, true},
  };
}

}  // namespace edgeherd::wire::examples
