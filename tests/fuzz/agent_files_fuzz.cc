// Any bytes as the files that an agent remembers by: ledger with its list, command journal, session
// state, tail position, keys. Each opens or is refused by its name, and what opened can be written.
// Lines of a journal get their checksums first, unless the first byte is odd: else none would
// count.
#include "agent/command/command_table.h"
#include "agent/logs/ledger.h"
#include "agent/logs/tail_position.h"
#include "agent/session/session_store.h"
#include "common/net/curve_key.h"
#include "common/sim/sim_file_system.h"
#include "common/sim/sim_loop.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;

namespace {

void as_ledger(FileSystem& files, std::string_view text) {
  const std::size_t cut = std::min(text.find('\0'), text.size());
  fuzz::require(files.write_whole("/ledger", text.substr(0, cut)).ok());
  if (cut < text.size()) fuzz::require(files.write_whole("/stored", text.substr(cut + 1)).ok());
  auto ledger = logs::Ledger::open(files, "/ledger", "/stored");
  if (!ledger.ok()) {
    fuzz::require(ledger.error().message.find('/') != std::string::npos);
    return;
  }
  const auto lost = (*ledger)->lines_lost();
  fuzz::require((*ledger)->lost(1, "fuzz").ok());
  (void)(*ledger)->read_stored();
  (void)(*ledger)->compact();
  const auto kept = (*ledger)->lines_lost();
  const auto again = logs::Ledger::open(files, "/ledger", "/stored");
  fuzz::require(again.ok() && (*again)->lines_lost() == kept && kept >= lost);
}

void as_commands(FileSystem& files, std::string_view text) {
  fuzz::require(files.write_whole("/commands", text).ok());
  auto table = command::CommandTable::open(files, "/commands");
  if (!table.ok()) return;
  for (const auto& order : (*table)->take_resumed()) {
    (void)(*table)->finish(order.action, wire::CommandState::done, "");
  }
  const auto epoch = (*table)->highest_epoch();
  const auto again = command::CommandTable::open(files, "/commands");
  fuzz::require(again.ok() && (*again)->highest_epoch() == epoch);
  fuzz::require((*again)->take_resumed().empty());
}

void as_session(FileSystem& files, const std::string& name, std::string_view text) {
  fuzz::require(files.write_whole(name, text).ok());
  auto store = session::SessionStore::open(files, name, "key");
  if (!store.ok()) {
    fuzz::require(store.error().message.find(name) != std::string::npos);
    return;
  }
  fuzz::require(store->set(store->now()).ok());
  fuzz::require(session::SessionStore::open(files, name, "key").ok());
}

std::string with_checksums(std::string_view text) {
  std::string framed;
  for (const std::string_view line : fuzz::parts_of(text, '\n')) framed += frame_record(line);
  return framed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 8192) return 0;
  sim::SimLoop loop;
  sim::SimFileSystem files(loop.clock());
  const std::string_view plain = fuzz::text_of(data + 1, size - 1);
  const std::string text = data[0] % 2 == 0 ? with_checksums(plain) : std::string(plain);
  switch (data[0] / 2 % 4) {
    case 0:
      as_ledger(files, text);
      break;
    case 1:
      as_commands(files, text);
      break;
    case 2:
      as_session(files, "/session.state", plain);
      break;
    default:
      fuzz::require(files.write_whole("/tail", plain).ok());
      (void)logs::load_tail_position(files, "/tail");
      if (const auto pair = net::load_key_pair(files, "/tail"); pair.ok()) {
        fuzz::require(net::is_curve_key(pair->pair.public_key));
      }
  }
  return 0;
}
