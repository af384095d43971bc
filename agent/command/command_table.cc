#include "agent/command/command_table.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <iterator>

#include "common/core/number.h"
#include "common/core/protection.h"

namespace edgeherd::command {

namespace {

using wire::CommandState;

const Protection once("check", "command_once");

struct VerbName {
  Verb verb;
  std::string_view name;
};
constexpr std::array<VerbName, 7> verbs{{{Verb::drain, "drain"},
                                         {Verb::undrain, "undrain"},
                                         {Verb::close_listener, "close_listener"},
                                         {Verb::rotate, "rotate"},
                                         {Verb::flush, "flush"},
                                         {Verb::reload, "reload"},
                                         {Verb::set_interval, "set_interval"}}};

constexpr std::size_t records_before_compaction = 4 * remembered_commands;
constexpr std::size_t max_message_bytes = 512;
constexpr Duration longest_deadline = 7 * 24h;

// Whether carrying it out twice is the same as once: then it is taken up again after a crash.
bool asks_for_a_level(Verb verb) {
  return verb == Verb::drain || verb == Verb::undrain || verb == Verb::close_listener ||
         verb == Verb::flush;
}

bool opposite(Verb one, Verb other) {
  return asks_for_a_level(one) && asks_for_a_level(other) &&
         (one == Verb::undrain) != (other == Verb::undrain);
}

bool plausible_id(const std::string& id) {
  return !id.empty() && id.size() <= max_action_id_bytes &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::string_view take_word(std::string_view& rest) {
  const std::size_t space = rest.find(' ');
  const std::string_view word = rest.substr(0, space);
  rest = space == std::string_view::npos ? std::string_view{} : rest.substr(space + 1);
  return word;
}

std::string on_one_line(std::string text) {
  if (text.size() > max_message_bytes) text.resize(max_message_bytes);
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' '; }, ' ');
  return text;
}

// Arguments of a verb; the error says which is wrong.
Result<std::uint32_t> interval_of(Verb verb, const wire::Command& command) {
  std::optional<std::uint32_t> interval;
  for (const auto& [name, value] : command.arguments) {
    if (verb != Verb::set_interval || name != "interval_ms" || interval) {
      return fail(Errc::invalid, command.verb + " does not take the argument '" + name + "'");
    }
    interval = parse_number<std::uint32_t>(value);
    if (!interval || *interval < shortest_interval_ms || *interval > longest_interval_ms) {
      return fail(Errc::invalid, "interval_ms must be a number from " +
                                     std::to_string(shortest_interval_ms) + " to " +
                                     std::to_string(longest_interval_ms));
    }
  }
  if (verb == Verb::set_interval && !interval) {
    return fail(Errc::invalid, "set_interval needs the argument 'interval_ms'");
  }
  return interval.value_or(0);
}

}  // namespace

std::string_view to_string(Verb verb) {
  for (const VerbName& entry : verbs) {
    if (entry.verb == verb) return entry.name;
  }
  return "unknown";
}

std::optional<Verb> verb_from(std::string_view name) {
  for (const VerbName& entry : verbs) {
    if (entry.name == name) return entry.verb;
  }
  return std::nullopt;
}

std::vector<std::string> verb_names() {
  std::vector<std::string> names;
  for (const VerbName& entry : verbs) names.emplace_back(entry.name);
  return names;
}

Result<std::unique_ptr<CommandTable>> CommandTable::open(FileSystem& files, std::string path) {
  auto journal = LineJournal::open(files, std::move(path));
  if (!journal) return journal.error();
  std::unique_ptr<CommandTable> table(new CommandTable(std::move(*journal)));
  for (const std::string& record : table->journal_->take_records()) {
    table->apply(record);
    ++table->records_;
  }
  table->settle_interrupted();
  table->compact_when_large();
  return table;
}

// "epoch N" | "take ID EPOCH VERB DEADLINE_MS INTERVAL_MS" | "end ID STATE MESSAGE"
void CommandTable::apply(std::string_view record) {
  const std::string_view kind = take_word(record);
  if (kind == "epoch") {
    highest_epoch_ = std::max(highest_epoch_, parse_number<std::uint64_t>(record).value_or(0));
    return;
  }
  const std::string id(take_word(record));
  if (kind == "take") {
    Entry entry;
    entry.epoch = parse_number<std::uint64_t>(take_word(record)).value_or(0);
    const auto verb = verb_from(take_word(record));
    if (!verb) return;  // a newer agent's journal; its id is not ours to run
    entry.verb = *verb;
    entry.deadline =
        std::chrono::milliseconds(parse_number<std::int64_t>(take_word(record)).value_or(0));
    entry.interval_ms = parse_number<std::uint32_t>(take_word(record)).value_or(0);
    remember(id, std::move(entry));
  } else if (kind == "end") {
    const auto found = entries_.find(id);
    const auto state = parse_number<int>(take_word(record));
    if (found == entries_.end() || !state) return;
    found->second.state = static_cast<CommandState>(*state);
    found->second.message = std::string(record);
  }
}

void CommandTable::settle_interrupted() {
  // In the order of taking, so that the newest level wins.
  for (auto id = order_.begin(); id != order_.end(); ++id) {
    const Entry& entry = entries_.at(*id);
    if (entry.state != CommandState::accepted) continue;
    const bool overtaken = std::any_of(std::next(id), order_.end(), [&](const std::string& later) {
      return opposite(entry.verb, entries_.at(later).verb);
    });
    if (asks_for_a_level(entry.verb) && !overtaken) {
      resumed_.push_back({ActionId(*id), entry.verb, entry.deadline, entry.interval_ms});
    } else {
      (void)finish(ActionId(*id), CommandState::failed, "interrupted: the agent was restarted");
    }
  }
}

std::vector<Order> CommandTable::take_resumed() {
  return std::exchange(resumed_, {});
}

Decision CommandTable::refuse(const ActionId& action, std::string reason) {
  return {std::nullopt, {action, CommandState::refused, on_one_line(std::move(reason))}};
}

Decision CommandTable::receive(const wire::Command& command) {
  const std::string& id = command.action.str();
  if (!plausible_id(id)) {
    return refuse(ActionId(id.substr(0, max_action_id_bytes)), "the action id is not well formed");
  }
  if (const auto known = entries_.find(id); known != entries_.end() && once.on()) {
    return {std::nullopt, {command.action, known->second.state, known->second.message}};
  }
  if (command.epoch < highest_epoch_) {
    return refuse(command.action, "stale epoch " + std::to_string(command.epoch) + ", seen " +
                                      std::to_string(highest_epoch_));
  }
  const auto verb = verb_from(command.verb);
  if (!verb) return refuse(command.action, "unknown verb '" + command.verb + "'");
  const auto interval = interval_of(*verb, command);
  if (!interval) return refuse(command.action, interval.error().message);
  if (!see_epoch(command.epoch)) {
    return refuse(command.action, "the epoch could not be recorded");
  }
  Entry entry;
  entry.verb = *verb;
  entry.epoch = command.epoch;
  entry.interval_ms = *interval;
  entry.deadline =
      command.deadline_ms == 0
          ? default_deadline
          : std::min<Duration>(std::chrono::milliseconds(command.deadline_ms), longest_deadline);
  Status taken = record_ends();
  if (taken) taken = record(take_record(id, entry));
  if (!taken) {
    return refuse(command.action, "the command could not be recorded: " + taken.error().message);
  }
  Decision decision;
  decision.order = Order{command.action, entry.verb, entry.deadline, entry.interval_ms};
  decision.answer = {command.action, CommandState::accepted, ""};
  remember(id, std::move(entry));
  compact_when_large();
  return decision;
}

wire::CommandStatus CommandTable::finish(const ActionId& action, CommandState state,
                                         std::string message) {
  assert(state != CommandState::accepted);
  const auto found = entries_.find(action.str());
  if (found == entries_.end()) return {action, state, on_one_line(std::move(message))};
  found->second.state = state;
  found->second.message = on_one_line(std::move(message));
  unrecorded_ends_.push_back(action.str());
  (void)record_ends();
  return {action, state, found->second.message};
}

Status CommandTable::record_ends() {
  while (!unrecorded_ends_.empty()) {
    const std::string& id = unrecorded_ends_.front();
    if (auto done = record(end_record(id, entries_.at(id))); !done) return done;
    unrecorded_ends_.pop_front();
  }
  return {};
}

bool CommandTable::see_epoch(std::uint64_t epoch) {
  if (epoch < highest_epoch_) return false;
  if (epoch == highest_epoch_) return true;
  if (!record("epoch " + std::to_string(epoch))) return false;
  highest_epoch_ = epoch;
  return true;
}

std::string CommandTable::take_record(const std::string& id, const Entry& entry) {
  return "take " + id + " " + std::to_string(entry.epoch) + " " +
         std::string(to_string(entry.verb)) + " " + std::to_string(millis(entry.deadline)) + " " +
         std::to_string(entry.interval_ms);
}

std::string CommandTable::end_record(const std::string& id, const Entry& entry) {
  return "end " + id + " " + std::to_string(static_cast<int>(entry.state)) + " " + entry.message;
}

void CommandTable::remember(const std::string& id, Entry entry) {
  if (entries_.insert_or_assign(id, std::move(entry)).second) order_.push_back(id);
  // An unfinished command is never forgotten: it would be run again.
  while (order_.size() > remembered_commands) {
    const auto oldest = std::find_if(order_.begin(), order_.end(), [this](const std::string& old) {
      return entries_.at(old).state != CommandState::accepted;
    });
    if (oldest == order_.end()) return;
    entries_.erase(*oldest);
    order_.erase(oldest);
  }
}

Status CommandTable::record(std::string_view text) {
  auto done = journal_->append(text);
  if (done) ++records_;
  return done;
}

// A failure leaves the long journal, which is as good.
void CommandTable::compact_when_large() {
  if (records_ < records_before_compaction) return;
  std::vector<std::string> records{"epoch " + std::to_string(highest_epoch_)};
  for (const std::string& id : order_) {
    const Entry& entry = entries_.at(id);
    records.push_back(take_record(id, entry));
    if (entry.state != CommandState::accepted) records.push_back(end_record(id, entry));
  }
  if (!journal_->rewrite(records)) return;
  records_ = records.size();
  unrecorded_ends_.clear();
}

}  // namespace edgeherd::command
