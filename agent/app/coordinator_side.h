// CoordinatorSide: everything of the agent that exists for its coordinators: keys, connections, the
// session, and the shipping of logs. Standalone mode has none of it, not even a ZeroMQ context.
//
// Thread: the loop's. Owner: the app; what the seams refer to outlives it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/app/config.h"
#include "agent/session/session.h"
#include "agent/web/node_view.h"
#include "common/core/file_system.h"
#include "common/core/random.h"
#include "common/core/result.h"

namespace edgeherd::http {
class Client;
}
namespace edgeherd::os {
class AsioLoop;
}

namespace edgeherd::agent {

struct CoordinatorSeams {
  os::AsioLoop& loop;
  FileSystem& files;
  Random& random;
  http::Client& client;
};

// The node's name and instance as the app settled them.
struct NodeNames {
  std::string node;
  std::string vm_id;
};

class CoordinatorSide {
 public:
  // Reads keys, ledger and session state; nothing is sent yet. The error names the file or address.
  [[nodiscard]] static Result<std::unique_ptr<CoordinatorSide>> open(const AgentConfig& config,
                                                                     const NodeNames& names,
                                                                     CoordinatorSeams seams,
                                                                     session::SampleSource& source);
  ~CoordinatorSide();
  CoordinatorSide(const CoordinatorSide&) = delete;
  CoordinatorSide& operator=(const CoordinatorSide&) = delete;

  // What the command `reload` does, and what follows a change of the drain state. Before start().
  void on_reload(std::function<void(session::Session::Finished)> reload);
  void on_drain_change(std::function<void()> handler);
  // How many lines were read of a file of the access log; see Shipper::on_lines_read.
  void on_lines_read(std::function<std::optional<std::uint64_t>(std::uint64_t inode)> handler);
  void start();

  // Lines known to be lost, cumulative since the agent started; what is new is recorded and
  // alarmed.
  void count_lost(std::uint64_t by_nginx, std::uint64_t by_truncation);

  // Runs a configured argument vector.
  void run_hook(const std::vector<std::string>& argv, std::function<void(Status)> done);

  // Fills the view's state, zone, shipping and coordinators.
  void describe(NodeView& view) const;

  [[nodiscard]] session::Session& session();

 private:
  struct Parts;
  explicit CoordinatorSide(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace edgeherd::agent
