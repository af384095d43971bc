// The way of a node: it enters no state but from those from which its life leads there, also within
// one tick. Who flushes is not taken back into service, and nobody is destroyed who was not flushed
// or discarded before he ever served.
#include <map>

#include "coordinator/sim/check/checkers.h"

namespace edgeherd::sim {

namespace {

class Ways final : public Checker {
 public:
  void noted(World& world, const model::Note& note) override {
    // Each new process begins with what stands in its store, and two of them go their own ways.
    if (world.is_disputed()) return entered_.clear();
    if (world.brains.front()->starts() != starts_) entered_.clear();
    starts_ = world.brains.front()->starts();
    if (note.code == "logs_given_up") entered_[note.node] = "node_flushed";
    if (note.code == "adopted" || note.code == "forgotten") entered_.erase(note.node);
    if (!note.code.starts_with("node_")) return;
    const auto before = entered_.find(note.node);
    if (before != entered_.end() && !leads(before->second, note.code)) {
      world.violated("ways",
                     "node " + note.node.str() + ": " + note.code + " after " + before->second);
    }
    if (is_state(note.code)) entered_[note.node] = note.code;
  }

 private:
  static bool is_state(const std::string& code) {
    return code == "node_in_service" || code == "node_draining" || code == "node_flushing" ||
           code == "node_flushed" || code == "node_terminating" || code == "node_gone";
  }
  static bool leads(const std::string& from, const std::string& to) {
    if (to == "node_in_service") return from == "node_draining";
    if (to == "node_draining") return from == "node_in_service";
    if (to == "node_flushing") return from == "node_draining";
    if (to == "node_flushed") return from == "node_flushing";
    if (to == "node_terminating") return from == "node_flushed";
    return true;
  }

  std::map<NodeId, std::string> entered_;
  std::uint64_t starts_ = 0;
};

}  // namespace

std::unique_ptr<Checker> make_way_checker() {
  return std::make_unique<Ways>();
}

}  // namespace edgeherd::sim
