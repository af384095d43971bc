// CommandTable: which commands this agent has taken, and what became of them; durable, so that none
// runs twice, not even across a crash.
//
// It decides and remembers; the session does what is to be done. Before a command may run, its id
// is on disk. Thread: the loop's; a decision waits for one small sync, commands are rare.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/clock.h"
#include "common/core/file_system.h"
#include "common/core/line_journal.h"
#include "common/wire/messages.h"

namespace edgeherd::command {

// All that an agent does on command. There is no shell, and there will be none.
enum class Verb { drain, undrain, close_listener, rotate, flush, reload, set_interval };

[[nodiscard]] std::string_view to_string(Verb verb);
[[nodiscard]] std::optional<Verb> verb_from(std::string_view name);
// The names, as HELLO states them.
[[nodiscard]] std::vector<std::string> verb_names();

inline constexpr std::size_t remembered_commands = 1024;
inline constexpr std::uint32_t shortest_interval_ms = 100;
inline constexpr std::uint32_t longest_interval_ms = 60'000;
inline constexpr Duration default_deadline = 10min;  // of a command that states none
inline constexpr std::size_t max_action_id_bytes = 128;

// A command to carry out. finish() must follow.
struct Order {
  ActionId action;
  Verb verb = Verb::drain;
  Duration deadline{};            // counted from receipt
  std::uint32_t interval_ms = 0;  // of set_interval
};

// Either an order, or the answer that is to be sent (never both).
struct Decision {
  std::optional<Order> order;
  wire::CommandStatus answer;  // `accepted` beside an order
};

class CommandTable {
 public:
  // Reads the journal. Commands that were taken but not finished when the agent died: those that
  // ask for a level (drain, undrain, close_listener, flush) come back by take_resumed(), unless one
  // that was taken later asks for the opposite. The others are finished as failed, "interrupted".
  // The error names the file.
  [[nodiscard]] static Result<std::unique_ptr<CommandTable>> open(FileSystem& files,
                                                                  std::string path);

  // What to do with a command from the wire. Known ids are answered with what is recorded; a lower
  // epoch than the highest seen, unknown verbs and wrong arguments are refused with a reason. When
  // the journal cannot be written, not even the ends of earlier orders, the command is refused and
  // not remembered: sent again, it may be taken.
  [[nodiscard]] Decision receive(const wire::Command& command);

  // Orders that an earlier life of the agent had taken. Empty at the second call.
  [[nodiscard]] std::vector<Order> take_resumed();

  // Records the end of an order; what to send. When the journal cannot be written the answer is
  // right nevertheless, and the order may be resumed after a crash that comes before another one is
  // taken: until then its end is recorded.
  wire::CommandStatus finish(const ActionId& action, wire::CommandState state, std::string message);

  // Coordinators state their epoch in HELLO_REPLY too. Durable before it counts; false for a stale
  // one.
  bool see_epoch(std::uint64_t epoch);
  [[nodiscard]] std::uint64_t highest_epoch() const { return highest_epoch_; }

 private:
  struct Entry {
    Verb verb = Verb::drain;
    std::uint64_t epoch = 0;
    Duration deadline{};
    std::uint32_t interval_ms = 0;
    wire::CommandState state = wire::CommandState::accepted;
    std::string message;
  };

  explicit CommandTable(std::unique_ptr<LineJournal> journal) : journal_(std::move(journal)) {}
  void apply(std::string_view record);
  void settle_interrupted();
  void remember(const std::string& id, Entry entry);
  Status record(std::string_view text);
  Status record_ends();
  void compact_when_large();
  [[nodiscard]] static Decision refuse(const ActionId& action, std::string reason);
  [[nodiscard]] static std::string take_record(const std::string& id, const Entry& entry);
  [[nodiscard]] static std::string end_record(const std::string& id, const Entry& entry);

  std::unique_ptr<LineJournal> journal_;
  std::map<std::string, Entry> entries_;
  std::deque<std::string> order_;            // ids, oldest first
  std::deque<std::string> unrecorded_ends_;  // ids, in the order of their ends
  std::vector<Order> resumed_;
  std::uint64_t highest_epoch_ = 0;
  std::size_t records_ = 0;  // in the journal file
};

}  // namespace edgeherd::command
