// Controller: the loop that keeps a fleet as the policy wants it: observe, model, decide, guard,
// journal, act. It owns the fleet; everything else it knows through the seams below.
//
// Use: restore() (recovery.h), make the controller, start(). Then facts come in by apply() and its
// like; it ticks by itself. Nothing is done outside before the journal has made it durable, and
// nothing outside is taken for done before the outside says so.
//
// Thread: the loop's. The seams outlive the controller; destroying it stops everything: answers
// that come later are ignored. A failure of the store, a provider or the DNS never stops it: it is
// noted, and what it prevented is tried again by a later tick.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/archive/archive.h"
#include "common/core/event_loop.h"
#include "common/core/random.h"
#include "common/wire/messages.h"
#include "coordinator/act/calls/executor.h"
#include "coordinator/act/calls/user_data.h"
#include "coordinator/act/core/recovery.h"
#include "coordinator/act/logs/uploads.h"
#include "coordinator/act/names/names.h"
#include "coordinator/act/record.h"
#include "coordinator/act/seams/agent_port.h"
#include "coordinator/act/seams/dns_provider.h"
#include "coordinator/act/seams/history.h"
#include "coordinator/act/seams/notifier.h"
#include "coordinator/act/seams/provider.h"
#include "coordinator/act/seams/state_store.h"
#include "coordinator/decide/plan.h"
#include "coordinator/model/fleet.h"
#include "coordinator/model/policy.h"

namespace edgeherd::act {

struct AccountPort {
  Provider* provider = nullptr;
  ExecutorLimits limits;
};

// The seams. All outlive the controller.
struct Seams {
  EventLoop* loop = nullptr;
  Random* random = nullptr;
  StateStore* store = nullptr;
  History* history = nullptr;
  Notifier* notifier = nullptr;
  AgentPort* agents = nullptr;
  archive::LogArchive* archive = nullptr;
  DnsProvider* dns = nullptr;  // null: no zone has a name
  std::map<ProviderId, AccountPort> accounts;
};

struct ControllerSettings {
  UserDataSource user_data;  // user_data.h: tokens and coordinators
  UploadLimits uploads;
  int ticks_per_s = 5;  // at most; events bring a tick forward
  RecordLimits record;
};

// How a termination was asked for.
enum class TerminateMode {
  in_order,  // drain, flush, check, within the budgets
  now,       // waits neither for connections nor for logs (`--now`)
};

struct TerminateRequest {
  std::vector<NodeId> nodes;         // these, or
  std::optional<ZoneId> whole_zone;  // all of a zone
  std::optional<int> expect_count;   // what the operator saw; must be exact if given
  TerminateMode mode = TerminateMode::in_order;
};

// Terminations above this many nodes need expect_count.
inline constexpr int expect_count_above = 1;

struct TerminationPreview {
  struct Line {
    NodeId node;
    ZoneId zone;
    model::NodeState state = model::NodeState::requested;
    std::string note;  // "already leaving", "leaves service at once", "waits, held by floor: ..."
  };
  std::vector<Line> lines;            // every node that would be asked out
  std::vector<std::string> warnings;  // "zone x/lon1 falls below its min_servers of 4: ..."
};

struct ConfirmRequest {
  ZoneId zone;
  int expect_count = 0;
};

struct AccountStatus {
  ExecutorStatus executor;
  std::optional<MonoTime> listed_at;  // newest complete inventory
  std::string inventory_failure;
};

struct ControllerStatus {
  std::uint64_t ticks = 0;
  std::uint64_t events = 0;
  std::uint64_t commits = 0;
  std::uint64_t commit_failures = 0;
  std::string commit_failure;  // Journal::failure()
  std::size_t uncommitted_rows = 0;
  Duration last_plan{};  // clock time that the newest plan took; 0 in a simulation
  std::map<std::string, std::uint64_t> actions;   // carried out, by kind
  std::map<std::string, std::uint64_t> withheld;  // of the newest plan, by brake
  std::map<std::string, std::uint64_t> notes;     // by code
  std::map<ProviderId, AccountStatus> accounts;
  NamesStatus names;
  UploadStatus uploads;
};

class Controller {
 public:
  template <class T>
  using Reply = std::function<void(Result<T>)>;  // once, on the loop; success means durable

  Controller(Seams seams, ControllerSettings settings, model::Policy policy);
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  // Takes the memory over, makes the new epoch durable, admits the known agents, and starts to
  // tick. `started` gets an error if the epoch could not be stored: then nothing runs.
  void start(Restored restored, Reply<void> started);

  // -- facts
  //
  // From probers and agents (observe/convert.h makes them of messages; fleet().node_of(key) says
  // whose they are: identity is what ZAP says, never what a message says). Folded at once,
  // committed with the others of this turn.
  void apply(const model::Event& event);
  // HELLO of a node: folded, and answered with our epoch and the node's zone.
  void hello(const model::HelloHeard& hello);
  // Answered with UPLOAD_GRANT and UPLOAD_VERDICT.
  void upload_requested(const NodeId& node, const wire::UploadRequest& request);
  void upload_done(const NodeId& node, const wire::UploadDone& done);
  // ENROLL with a token that the desk has found good. Success once the binding is durable;
  // `refused` when the node is unknown, too old, or bound to another key (alarmed), or an adopted
  // server that is not `vm`, the agent's own word for where it runs ("": it does not know).
  void enroll(const NodeId& node, const AgentKey& key, const VmId& vm, Reply<void> reply);

  // -- policy
  //
  // Whether set_policy() would take it, once the accounts `to_come` are there: `invalid` if a
  // zone's provider has no account here, or a zone has a name and there is no DNS. Changes nothing.
  [[nodiscard]] Status check_policy(const model::Policy& policy,
                                    const std::set<ProviderId>& to_come) const;
  // A new policy from the next tick on. Errors as check_policy().
  Status set_policy(model::Policy policy);
  // An account that a new configuration brought. The provider outlives the controller.
  void add_account(const ProviderId& id, AccountPort account);
  // Of an account that is there.
  void set_limits(const ProviderId& id, const ExecutorLimits& limits);

  // -- the operator; errors say what is wrong and what would work
  //
  // What terminate() would ask out. Changes nothing.
  [[nodiscard]] Result<TerminationPreview> preview(const TerminateRequest& request) const;
  void terminate(const TerminateRequest& request, Reply<TerminationPreview> reply);
  // cordoned, is_protected, quarantined on or off; asked_out off (which takes a termination back).
  void set_flag(const NodeId& node, model::Flag flag, bool on, Reply<void> reply);
  void pause(const std::string& reason, Reply<void> reply);
  void resume(Reply<void> reply);  // ends a pause
  // Ends read-only mode (an empty database that met servers of ours). `refused` unless so many of
  // them are still strangers: beside them all that the zones lack is launched.
  void allow_writes(int strangers_left, Reply<void> reply);
  // Takes a server that carries our tag, but that the journal does not know, into a zone.
  void adopt(const ProviderId& provider, const VmId& vm, const std::optional<ZoneId>& zone,
             Reply<NodeId> reply);
  // Drops our record of a node; its server is left alone. A node in service is refused, unless it
  // is quarantined.
  void forget(const NodeId& node, Reply<void> reply);
  // Continues after another coordinator had the fleet: a new epoch above the highest one met.
  void takeover(Reply<void> reply);
  // Lets a zone's pending removals beyond the budget go ahead, if they are exactly so many.
  void confirm(const ConfirmRequest& request, Reply<void> reply);
  // Opens the placements of a zone that failed boots or refusals have closed, and says which. As
  // before, each closes again by the next failure. `not_found` without the zone, `conflict` when
  // none is closed.
  void retry(const ZoneId& zone, Reply<std::vector<model::PlacementId>> reply);
  // The agents' own verbs that no plan sends: rotate, reload. `not_found`, or the port's error.
  Status command(const NodeId& node, const std::string& verb,
                 const std::vector<std::pair<std::string, std::string>>& arguments);

  // What would be done at this moment, and what would be held back. Changes nothing.
  [[nodiscard]] decide::Plan plan_now() const;

  // -- views
  [[nodiscard]] const model::Fleet& fleet() const;
  [[nodiscard]] const model::Policy& policy() const;
  [[nodiscard]] const decide::Plan& last_plan() const;
  [[nodiscard]] std::optional<MonoTime> last_tick() const;
  // What is stored of a node's logs.
  [[nodiscard]] StoredLogs stored_logs(const NodeId& node) const;
  [[nodiscard]] ControllerStatus status() const;
  // Called after each tick (for feeds and metrics). One listener.
  void on_tick(std::function<void()> listener);
  // Called when a pause, or its end, is in force and stored, before the operator is told. One
  // listener.
  void on_pause(std::function<void()> listener);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace edgeherd::act
