#include "coordinator/evidence/snapshot.h"

#include <set>
#include <string>
#include <utility>

#include "coordinator/evidence/columns.h"
#include "coordinator/evidence/fields.h"

namespace edgeherd::evidence {

namespace {

constexpr std::string_view magic = "EHsnapshot";

// Where a snapshot's own clock stands: late enough for any age, early enough for any deadline.
constexpr MonoTime then{24h * 365 * 60};

class Writer {
 public:
  explicit Writer(MonoTime now) : now_(now) {
    bytes_ = magic;
    bytes_ += static_cast<char>(snapshot_version);
  }
  template <class Rows>
  void table(const char* name, const Rows& rows) {
    detail::TableWriter table(name, now_);
    for (const auto& row : rows) table.row(row);
    table.write_to(bytes_);
  }
  template <class Row, class Map, class Make>
  void map(const char* name, const Map& entries, Make make) {
    detail::TableWriter table(name, now_);
    for (const auto& [id, value] : entries) {
      const Row& row = make(id, value);
      table.row(row);
    }
    table.write_to(bytes_);
  }
  template <class Row>
  void one(const char* name, const Row& row) {
    detail::TableWriter table(name, now_);
    table.row(row);
    table.write_to(bytes_);
  }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  MonoTime now_;
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : from_(bytes, then) {}

  // `keep` takes each row as it is read.
  template <class Row, class Keep>
  void table(const char* name, Keep keep) {
    if (failed()) return;
    detail::TableReader table(from_, name, then);
    for (std::uint64_t i = 0; i < table.rows() && !table.failed(); ++i) {
      Row row{};
      table.row(row);
      if (!table.failed()) keep(std::move(row));
    }
    table.finish();
    reject(table.why());
  }
  template <class Row>
  void one(const char* name, Row& into) {
    int rows = 0;
    table<Row>(name, [&](Row row) {
      into = std::move(row);
      ++rows;
    });
    if (!failed() && rows != 1) why_ = "table " + std::string(name) + ": not one row";
  }
  void reject(const std::string& what) {
    if (!failed()) why_ = what;
  }
  [[nodiscard]] bool failed() const { return !why_.empty(); }
  [[nodiscard]] Status finish() {
    if (!failed() && !from_.at_end()) why_ = "bytes after the last table";
    if (failed()) return fail(Errc::broken, "snapshot: " + why_);
    return {};
  }

 private:
  detail::Unpacker from_;
  std::string why_;
};

std::vector<BucketCount> counts_of(const model::LatencyWindow& window, MonoTime now) {
  std::vector<BucketCount> counts;
  const LatencySketch merged = window.merged(now);
  if (merged.total() == 0) return counts;
  for (int bucket = 0; bucket < sketch_buckets; ++bucket) {
    if (merged.at(bucket) > 0) {
      counts.push_back({static_cast<std::uint16_t>(bucket), merged.at(bucket)});
    }
  }
  return counts;
}

void write(Writer& out, const model::FleetMemory& memory, MonoTime now) {
  out.one("fleet", memory);
  out.map<model::Node>(
      "nodes", memory.nodes.in_order(),
      [](const NodeId&, const model::Node& node) -> const model::Node& { return node; });
  std::set<std::string> coming;
  for (const auto& [id, node] : memory.nodes.in_order()) {
    if (model::is_coming(node) && !node.address.empty()) coming.insert(node.address);
  }
  out.map<detail::ZoneRow>("zones", memory.zones, [&](const ZoneId& id, const model::Zone& zone) {
    detail::ZoneRow row{id, zone, counts_of(zone.latency, now)};
    std::erase_if(row.zone.names,
                  [&](const std::string& address) { return !coming.contains(address); });
    return row;
  });
  out.map<detail::AccountRow>("accounts", memory.accounts,
                              [](const ProviderId& id, const model::Account& account) {
                                return detail::AccountRow{id, account};
                              });
  out.map<detail::PlacementRow>(
      "placements", memory.placements,
      [](const model::PlacementId& id, const model::Placement& placement) {
        return detail::PlacementRow{id, placement};
      });
  out.table("departures", memory.departures);
  out.table("launches", memory.launches);
  out.table("health_changes", memory.health_changes);
}

void read(Reader& from, model::FleetMemory& memory) {
  from.one("fleet", memory);
  from.table<model::Node>("nodes", [&](model::Node node) { memory.nodes.put(std::move(node)); });
  from.table<detail::ZoneRow>("zones", [&](detail::ZoneRow row) {
    for (const BucketCount& count : row.latencies) {
      if (count.bucket >= sketch_buckets) from.reject("table zones: no such bucket of latencies");
    }
    if (from.failed()) return;
    row.zone.latency.add(row.latencies, then);
    memory.zones[row.id] = std::move(row.zone);
  });
  from.table<detail::AccountRow>("accounts", [&](detail::AccountRow row) {
    memory.accounts[row.id] = std::move(row.account);
  });
  from.table<detail::PlacementRow>("placements", [&](detail::PlacementRow row) {
    memory.placements[row.id] = std::move(row.placement);
  });
  const auto append = [](auto& list) {
    return [&list](auto row) { list.push_back(std::move(row)); };
  };
  from.table<model::Departure>("departures", append(memory.departures));
  from.table<model::Launch>("launches", append(memory.launches));
  from.table<model::HealthChange>("health_changes", append(memory.health_changes));
}

void write(Writer& out, const decide::Plan& plan) {
  const auto& [actions, withheld, zones, verdicts] = plan;
  out.table("actions", actions);
  out.table("withheld", withheld);
  out.table("decisions", zones);
  out.table("verdicts", verdicts);
}

void read(Reader& from, decide::Plan& plan) {
  auto& [actions, withheld, zones, verdicts] = plan;
  const auto append = [](auto& list) {
    return [&list](auto row) { list.push_back(std::move(row)); };
  };
  from.table<decide::Action>("actions", append(actions));
  from.table<decide::Withheld>("withheld", append(withheld));
  from.table<decide::ZoneDecision>("decisions", append(zones));
  from.table<decide::VerdictChange>("verdicts", append(verdicts));
}

Status check_head(std::string_view bytes) {
  if (bytes.size() > most_snapshot_bytes) {
    return fail(Errc::broken, "snapshot: " + std::to_string(bytes.size()) + " bytes, more than " +
                                  std::to_string(most_snapshot_bytes));
  }
  if (!bytes.starts_with(magic) || bytes.size() == magic.size()) {
    return fail(Errc::broken, "snapshot: not one");
  }
  const int version = static_cast<unsigned char>(bytes[magic.size()]);
  if (version != snapshot_version) {
    return fail(Errc::invalid, "snapshot: of version " + std::to_string(version) +
                                   ", this program reads version " +
                                   std::to_string(snapshot_version));
  }
  return {};
}

}  // namespace

std::string encode(const model::Fleet& fleet, const model::Policy& policy, MonoTime now,
                   const decide::Plan& plan) {
  Writer out(now);
  out.one("policy", policy);
  out.map<model::ZonePolicy>(
      "zone_policies", policy.zones,
      [](const ZoneId&, const model::ZonePolicy& zone) -> const model::ZonePolicy& {
        return zone;
      });
  write(out, fleet.memory(), now);
  write(out, plan);
  return out.take();
}

Result<Snapshot> decode(std::string_view bytes) {
  if (const Status head = check_head(bytes); !head.ok()) return head.error();
  Reader from(bytes.substr(magic.size() + 1));
  Snapshot snapshot;
  snapshot.inputs.now = then;
  model::Policy& policy = snapshot.inputs.policy;
  from.one("policy", policy);
  from.table<model::ZonePolicy>(
      "zone_policies", [&](model::ZonePolicy zone) { policy.zones[zone.id] = std::move(zone); });
  model::FleetMemory memory;
  read(from, memory);
  read(from, snapshot.plan);
  if (const Status read = from.finish(); !read.ok()) return read.error();
  snapshot.inputs.fleet = model::Fleet(std::move(memory));
  return snapshot;
}

}  // namespace edgeherd::evidence
