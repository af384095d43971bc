// The world around a simulated Shipper: nginx with its log, a coordinator with its archive, and the
// processes that hold files. Everything in it outlives the agent, which may be killed at any time.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/logs/seams.h"
#include "agent/logs/shipper.h"
#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "common/sim/sim_worker.h"

namespace edgeherd::sim {

// Writes numbered lines to its log and reopens it when told, some of its workers late. Like nginx
// it buffers; unlike nginx it syncs what it writes, for what the kernel loses is not the agent's to
// keep.
class SimNginx {
 public:
  SimNginx(SimLoop& loop, SimFileSystem& files, std::string log);

  void write_lines(int count);    // into the buffers of both workers in turn
  void flush();                   // buffers to the files
  void reopen(Duration laggard);  // the second worker follows after this time
  void stop();                    // flushes and lets go
  // After the power came back: opens its log anew, buffers empty.
  void restart();

  [[nodiscard]] bool holds(std::uint64_t inode) const;
  // True inside of its own changes to the disk.
  [[nodiscard]] bool at_work() const { return at_work_; }
  // Whatever reached a file: these must be stored, each once.
  [[nodiscard]] const std::set<std::string>& written() const { return written_; }
  [[nodiscard]] std::uint64_t unwritable() const { return unwritable_; }

 private:
  struct Worker {
    std::unique_ptr<File> file;
    std::uint64_t inode = 0;
    std::string buffer;
    std::vector<std::string> lines;
  };
  void open(Worker& worker);
  void flush(Worker& worker);

  SimLoop& loop_;
  SimFileSystem& files_;
  std::string log_;
  std::vector<Worker> workers_{2};
  std::set<std::string> written_;
  std::uint64_t next_line_ = 1;
  std::uint64_t unwritable_ = 0;
  bool at_work_ = false;
};

// The coordinator's half of uploading and the store behind it. A store refuses to overwrite a
// segment.
class SimArchive {
 public:
  explicit SimArchive(SimLoop& loop) : loop_(loop) {}

  enum class Mood { good, away, silent, expired_grants };
  Mood mood = Mood::good;
  int lost_answers = 0;  // PUTs that are stored although the agent is told nothing
  int rejected_verdicts = 0;
  std::set<std::uint64_t> never_accepted;  // segments

  // Answers to the agent that is attached; null when it is dead.
  logs::Shipper* agent = nullptr;

  Status take(const wire::Message& message);
  void put(logs::PutRequest request, EventLoop& process, std::function<void(Result<int>)> done);

  // The lines of every stored segment, by number; the manifest's text.
  [[nodiscard]] std::vector<std::string> lines() const;
  [[nodiscard]] const std::map<std::uint64_t, std::string>& segments() const { return segments_; }
  [[nodiscard]] const std::string& manifest() const { return manifest_; }
  [[nodiscard]] const std::vector<wire::Event>& events() const { return events_; }
  void raise(wire::Event event) { events_.push_back(std::move(event)); }
  [[nodiscard]] std::uint64_t manifests() const { return manifests_; }

 private:
  void answer(std::function<void(logs::Shipper&)> reply);

  SimLoop& loop_;
  std::map<std::uint64_t, std::string> segments_;  // compressed
  std::map<std::uint64_t, wire::UploadRequest> requests_;
  std::string manifest_;
  std::uint64_t manifests_ = 0;
  std::vector<wire::Event> events_;
};

// One life of an agent's shipper. Destroyed, it is as dead as after SIGKILL.
class SimShipper final : public logs::ShipperOutlet,
                         public logs::HookRunner,
                         public logs::HolderProbe,
                         public logs::Uploader {
 public:
  enum class Probe { sees, blind };

  SimShipper(SimLoop& loop, SimFileSystem& files, SimNginx& nginx, SimArchive& archive,
             logs::ShipperConfig config, std::uint64_t seed);
  ~SimShipper() override;

  // The error of open(), if any.
  [[nodiscard]] const Status& opened() const { return opened_; }
  [[nodiscard]] logs::Shipper& shipper() { return *shipper_; }

  Status hook_result;
  Duration laggard = 2s;
  Probe sight = Probe::sees;
  int hooks_run = 0;

  Status send(const wire::Message& message) override { return archive_.take(message); }
  void raise(wire::Event event) override { archive_.raise(std::move(event)); }
  void run(const std::vector<std::string>& argv, Duration limit,
           std::function<void(Status)> done) override;
  void probe(std::uint64_t device, std::uint64_t inode,
             std::function<void(logs::Holders)> done) override;
  void put(logs::PutRequest request, std::function<void(Result<int>)> done) override {
    archive_.put(std::move(request), process_, std::move(done));
  }

 private:
  SimNginx& nginx_;
  SimArchive& archive_;
  SimProcessLoop process_;
  SimWorker worker_;
  SimRandom random_;
  Status opened_;
  std::unique_ptr<logs::Shipper> shipper_;
};

// "…gz" to text; stops the test when it is not gzip.
[[nodiscard]] std::string gunzip(const std::string& bytes);

}  // namespace edgeherd::sim
