// Sender: takes one object at a time through request -> grant -> PUT -> done -> verdict, again and
// again until the coordinator says that it is stored.
//
// Every step may fail or stay unanswered: then the item is handed back after a wait, which grows,
// with jitter, until something is stored again; its owner begins with another one, so that one that
// the archive will never take does not hold up the others. An expired grant, an archive or a
// coordinator that is away for any length of time cost nothing but time. Of an item that was PUT
// before and is not here any more it only asks for the verdict. Thread: the loop's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "agent/logs/ledger.h"
#include "agent/logs/seams.h"
#include "common/core/backoff.h"
#include "common/core/event_loop.h"
#include "common/core/file_system.h"
#include "common/core/lifetime.h"
#include "common/core/random.h"
#include "common/wire/messages.h"

namespace edgeherd::logs {

struct SendItem {
  std::uint64_t seq = 0;  // 0: the manifest
  std::string path;       // of the object; empty: `body` has it
  std::string body;
  Packed packed;
  std::string put_under;  // not empty: there is nothing left to PUT, but it may lie under this key
};

class Sender {
 public:
  struct Seams {
    EventLoop& loop;
    Worker& worker;
    FileSystem& files;
    Random& random;
    Uploader& uploader;
  };
  // Sends a message; `unavailable` when nobody listens.
  using Send = std::function<Status(const wire::Message&)>;
  // The item is stored under this key. Called once per item, never inline in begin().
  using Stored = std::function<void(std::uint64_t seq, const std::string& key)>;
  // It is about to be PUT under this key; on an error it is not, and tried later.
  using Putting = std::function<Status(std::uint64_t seq, const std::string& key)>;
  using Trouble = std::function<void(const std::string& what)>;
  // It was not stored: to be begun again, after the others.
  using Returned = std::function<void(std::uint64_t seq)>;
  // The file is gone, or is not what was packed: no use in trying again.
  using Spoilt = std::function<void(std::uint64_t seq, const std::string& why)>;
  // What may have lain under `put_under` does not.
  using Missing = std::function<void(std::uint64_t seq)>;

  struct Outcomes {
    Putting putting;
    Stored stored;
    Trouble trouble;
    Returned returned;
    Spoilt spoilt;
    Missing missing;
  };
  Sender(Seams seams, Send send, Outcomes outcomes);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  [[nodiscard]] bool idle() const { return phase_ == Phase::idle; }
  [[nodiscard]] std::uint64_t seq() const { return item_.seq; }
  // Whether this one is on its way into the archive.
  [[nodiscard]] bool putting(std::uint64_t seq) const {
    return phase_ == Phase::putting && item_.seq == seq;
  }
  [[nodiscard]] std::uint64_t failures() const { return failures_; }

  // Only when idle.
  void begin(SendItem item);
  // Forgets the item; what is under way is ignored when it ends.
  void cancel();
  // A coordinator is there again: no reason to sit out a long wait.
  void hurry();

  void on_grant(const wire::UploadGrant& grant);
  void on_verdict(const wire::UploadVerdict& verdict);

 private:
  enum class Phase { idle, waiting, asked, reading, putting, told };

  void ask();
  void read_body(wire::UploadGrant grant);
  void put(wire::UploadGrant grant, std::string body);
  void body_unreadable(const Error& error);
  void put_answered(const Result<int>& status);
  void tell();
  void try_later(const std::string& why);
  void hand_back();
  void set_timer(Duration after, std::function<void()> work);
  void enter(Phase phase);

  Seams seams_;
  Send send_;
  Outcomes outcomes_;
  SendItem item_;
  std::string key_;
  Phase phase_ = Phase::idle;
  std::uint64_t round_ = 0;  // answers of an earlier round are ignored
  int tells_ = 0;
  Backoff backoff_;
  TimerId timer_ = TimerId::none;
  std::uint64_t failures_ = 0;
  Lifetime lifetime_;
};

}  // namespace edgeherd::logs
