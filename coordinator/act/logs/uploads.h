// Log segments on their way into the archive, and the coordinator's own check that all are there.
//
// A grant is given only for a key that is composed here, of a node that is ours; a segment counts
// as stored only once the archive itself has confirmed the very object and its row is durable.
// Thread: the loop's. Everything is idempotent: an agent may repeat any message.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "common/archive/archive.h"
#include "common/archive/manifest.h"
#include "common/wire/messages.h"
#include "coordinator/act/core/durable.h"
#include "coordinator/act/core/folded.h"
#include "coordinator/act/seams/agent_port.h"
#include "coordinator/model/node.h"

namespace edgeherd::act {

class Core;

struct UploadStatus {
  std::uint64_t granted = 0;
  std::uint64_t refused = 0;
  std::uint64_t stored = 0;
  std::uint64_t missing = 0;    // said to be there, and is not
  std::uint64_t different = 0;  // another object lies under the key
  std::uint64_t failures = 0;   // the archive did not answer
  std::uint64_t checks_passed = 0;
  std::uint64_t checks_failed = 0;
};

struct UploadLimits {
  double grants_per_s = 5;  // of one node
  double grant_burst = 50;
  std::size_t verifications = 16;  // under way at once, over all nodes
  std::size_t waiting = 2000;      // verifications that wait; more are refused, the agent repeats
  std::uint64_t manifest_bytes = archive::max_manifest_bytes;
  std::uint64_t highest_seq = 1'000'000;
  Duration grant_validity = 5min;
  std::size_t rows_most = 512;  // of one node; beyond, the oldest are folded into one row
  std::size_t rows_kept = 256;  // so many stay as they are
};

// What is stored of one node's logs.
struct StoredLogs {
  std::uint64_t segments = 0;
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
};

class Uploads {
 public:
  using Rows = std::map<std::uint64_t, Segment>;

  // `core`, `archive` and `agents` outlive it.
  Uploads(Core& core, archive::LogArchive& archive, AgentPort& agents, UploadLimits limits);
  ~Uploads();

  // Rows of the store, at the start: the folded ones first.
  void restore(Folded folded);
  void restore(Segment segment);

  void request(const model::Node& node, const wire::UploadRequest& request);
  void done(const model::Node& node, const wire::UploadDone& done);

  // Manifest, sequence without gap, every object verified again, our own rows. `done` runs once, on
  // the loop, with an error that names the first thing that is wrong.
  void check_archive(const NodeId& node, std::function<void(Status)> done);

  [[nodiscard]] StoredLogs stored(const NodeId& node) const;
  // The newest of them one by one; the others are known by their sum and digest alone.
  [[nodiscard]] const Rows& newest(const NodeId& node) const;
  // The node is gone: so are its rows.
  void forget(const NodeId& node);
  [[nodiscard]] const UploadStatus& status() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::act
