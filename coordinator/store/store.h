// The SQLite stores: state.db (the journal and what must survive) and history.db (the record of
// why).
//
// Each has one thread of its own. Callbacks run on `loop`, never inline, and not at all once the
// store is gone; destruction first finishes what was handed over. `loop` must outlive the store.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "common/core/clock.h"
#include "common/core/event_loop.h"
#include "common/core/result.h"
#include "coordinator/act/seams/history.h"
#include "coordinator/act/seams/state_store.h"

namespace edgeherd::store {

// A missing state.db is made only when asked: an empty journal by mistake would forget the fleet.
enum class IfMissing { create, fail };

// Of one batch's row; the journal's rows are a few hundred bytes.
inline constexpr std::size_t max_body_bytes = 1024 * 1024;
// Batches waiting for the disk; beyond it commit() fails with `exhausted`.
inline constexpr std::size_t max_waiting_batches = 10'000;

// Full sync: a batch whose `done` said success survives a crash of the machine. Batches that queue
// up while one transaction is being synced go into the next one together; then they also fail
// together. After a failed commit the batch is not there for this process; only if the disk failed
// in the middle of the sync may it come back after a crash.
// Errors at open: see open_database; `conflict` when another coordinator has the file, with its
// process id. The lock lasts as long as the store.
[[nodiscard]] Result<std::unique_ptr<act::StateStore>> make_state_store(const std::string& path,
                                                                        EventLoop& loop,
                                                                        IfMissing if_missing);

// What is kept of the record, and for how long. When the file grows beyond `bytes` all the same,
// what explains least goes first: snapshots, then decisions that removed nothing, events, decisions
// that removed something, and at the very last the stories of nodes that are gone.
struct HistoryLimits {
  std::size_t events = 200'000;
  std::size_t decisions = 200'000;  // that took no server away
  Duration age = std::chrono::hours(24 * 30);
  // The inputs of decisions that took no server away; beyond the bytes the oldest of them go first,
  // before those of removals.
  Duration snapshot_age = std::chrono::hours(48);
  std::size_t snapshot_bytes = std::size_t{512} << 20;  // of all, compressed
  // Decisions that took a server away, with their inputs; and a node's story, from its end on.
  std::size_t removals = 100'000;
  Duration removal_age = std::chrono::hours(24 * 90);
  std::size_t bytes = std::size_t{1} << 30;  // of the file's used pages
  std::size_t waiting = 10'000;  // records waiting for the disk; beyond it they are dropped
  std::size_t waiting_bytes = std::size_t{64} << 20;  // of snapshots; further ones are dropped
  std::size_t body_bytes = 1024 * 1024;               // of one record; larger ones are dropped
};

struct HistoryOptions {
  HistoryLimits limits;
  // On the loop, when writing begins to fail or records begin to be dropped; not again until a
  // write has succeeded.
  std::function<void(Error)> on_trouble;
};

// Normal sync: a crash of the machine may lose the newest records, never the file. Queries see
// every record appended before them.
[[nodiscard]] Result<std::unique_ptr<act::History>> make_history(const std::string& path,
                                                                 EventLoop& loop,
                                                                 IfMissing if_missing,
                                                                 HistoryOptions options);

}  // namespace edgeherd::store
