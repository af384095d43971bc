// PackJob: counts, hashes and compresses one segment, a bounded piece at a time, on the Worker.
//
// Thread: step() on the worker, one call after the other; the rest before the first and after the
// last.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "agent/logs/ledger.h"
#include "common/core/file_system.h"
#include "common/crypto/digest.h"

namespace edgeherd::logs {

enum class PackTarget {
  file,
  memory,   // the disk is full: see PackJob::take_body(); the raw log is made durable
  nowhere,  // only count
};

struct PackTask {
  std::string raw;  // the rotated log; empty: an empty segment
  std::uint64_t from = 0;
  std::uint64_t max_bytes = 0;    // take no more of it
  bool only_whole_lines = false;  // a writer may still be at it: stop behind the last line break
  bool exactly = false;           // take max_bytes, wherever that ends: it was so before
  PackTarget target = PackTarget::file;
  std::string object;  // where the compressed segment goes, for PackTarget::file
  std::string date;
};

class PackJob {
 public:
  PackJob(FileSystem& files, PackTask task);
  ~PackJob();
  PackJob(const PackJob&) = delete;
  PackJob& operator=(const PackJob&) = delete;

  // Does a piece. True when there is nothing more to do: the object is durable under its name, or
  // error() says why not, and nothing half-done stays.
  [[nodiscard]] bool step();

  [[nodiscard]] const Status& status() const { return status_; }
  [[nodiscard]] const Packed& packed() const { return packed_; }
  // The object, for PackTarget::memory; taken once.
  [[nodiscard]] std::string take_body() { return std::move(body_); }

 private:
  struct Deflater;

  Status begin();
  Status take_piece();
  Status compress(std::string_view bytes, bool last);
  Status finish();
  [[nodiscard]] Result<std::uint64_t> find_end(std::uint64_t size);

  FileSystem& files_;
  PackTask task_;
  std::string part_;  // the object until it is whole
  std::unique_ptr<File> raw_;
  std::unique_ptr<File> out_;
  std::string body_;
  std::unique_ptr<Deflater> deflater_;
  crypto::Digest sha256_{crypto::DigestKind::sha256};
  crypto::Digest md5_{crypto::DigestKind::md5};
  std::uint64_t at_ = 0;
  std::uint64_t end_ = 0;
  bool begun_ = false;
  bool open_line_ = false;  // the last byte so far was no line break
  Packed packed_;
  Status status_;
};

// Counts the lines of an object that is there without a record, so that it can be shipped after
// all.
[[nodiscard]] Result<Packed> inspect_object(FileSystem& files, const std::string& object,
                                            std::string date);

}  // namespace edgeherd::logs
