// FileArchiveEndpoint: where nodes PUT their segments when the archive is a directory. The
// coordinator mounts it under endpoint_path on its HTTP server, whose body limit must be
// max_object_bytes, and asks judge() before it reads a body. `now` is when the head came in both:
// a grant must hold when an upload begins, not when a slow one ends.
//
//   200 stored · 400 the body is not what was signed · 403 not granted (changed, expired, not ours)
//   405 not a PUT · 412 there is an object of this key · 500 the disk failed · 507 the disk is full
//
// Nothing is visible under its key before all of it was checked and is on disk.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/archive/file_store.h"
#include "common/core/clock.h"
#include "common/core/event_loop.h"
#include "common/http/message.h"

namespace edgeherd::archive {

class FileArchiveEndpoint {
 public:
  // The secret is the FileArchive's. `on_failure` hears of disk errors, whose details the peer is
  // not told; it runs on the thread that handles and may be empty.
  FileArchiveEndpoint(std::shared_ptr<FileStore> store, std::string secret,
                      std::function<void(const Error&)> on_failure);

  // What the head of a request is good for: a body of what its grant says, or a refusal. Thread:
  // safe from any thread.
  [[nodiscard]] http::BodyRight judge(const http::Request& head, WallTime now) const;

  // Thread: safe from any thread. It hashes, writes and syncs: milliseconds for a small object.
  [[nodiscard]] http::Response handle(const http::Request& request, WallTime now) const;

  // The same on `worker`; `reply` runs on the worker's loop. Both outlive the request.
  void handle_on(Worker& worker, http::Request request, WallTime now,
                 std::function<void(http::Response)> reply) const;

 private:
  struct Shared;
  std::shared_ptr<const Shared> shared_;
};

}  // namespace edgeherd::archive
