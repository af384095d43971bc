// DNS `file`: the names live in a zone file that a name server of the operator's loads.
//
// The file is read and written on a thread of its own, each time whole: what a person changes in it
// is seen and kept. It is replaced atomically and keeps its mode and owner. Errors: `not_found` (no
// file, IfMissing::fail), `refused` and `exhausted` (cannot be written), and those of zone.h; after
// a failed reload the records are in the file, and the next write() or read() reloads again.
// Nothing is reloaded before there is a file: a name server may not start without it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "coordinator/act/seams/dns_provider.h"

namespace edgeherd::os {
class AsioLoop;
}

namespace edgeherd::dns {

enum class IfMissing { create, fail };

struct FileDnsOptions {
  std::string file;
  std::string zone;                       // "edge.example.org"
  std::string name_server = "localhost";  // of a new file
  std::string hostmaster = "hostmaster@localhost";
  IfMissing if_missing = IfMissing::create;
  std::vector<std::string> reload;  // argument vector, run after each change; empty: none
};

inline constexpr std::size_t max_zone_bytes = 16 * 1024 * 1024;
inline constexpr std::size_t max_names = 10'000;  // in one call

// `loop` outlives the provider; no `done` is called after its destruction.
[[nodiscard]] std::unique_ptr<act::DnsProvider> make_file_dns(FileDnsOptions options,
                                                              os::AsioLoop& loop);

}  // namespace edgeherd::dns
