// edgeherd-traffic: open-loop viewers for the demo and the tests.
//
// Each zone's viewers ask `GET /v1/zones/{zone}/endpoints` of the coordinator as a resolver asks a
// DNS server: the answer is kept for its TTL, and no longer. Requests leave by the clock, not by
// the answers: a slow edge does not slow the viewers down. What is counted as answered was answered
// with 200 and the expected body; everything else is a failure and is printed.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include "common/http/client.h"
#include "common/os/asio_loop.h"
#include "packaging/demo/traffic_plan.h"

namespace edgeherd::demo {
namespace {

struct Options {
  std::string endpoint = "http://127.0.0.1:8400";
  std::string token;
  std::vector<std::string> zones;
  std::string plan = "steady:10:50";
  std::string path = "/";
  std::string report;
  int edge_port = 8080;
};

struct Totals {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t failed = 0;
  std::uint64_t unserved = 0;  // no endpoint was known when the request was due
};

constexpr Duration pace = 10ms;
constexpr Duration answer_deadline = 10s;
constexpr int printed_failures = 20;

// The viewers of one zone.
class Viewers {
 public:
  Viewers(os::AsioLoop& loop, http::Client& client, const Options& options, std::string zone,
          const TrafficPlan& plan)
      : loop_(loop), client_(client), options_(options), zone_(std::move(zone)), plan_(plan) {}

  void start(MonoTime at) {
    started_ = at;
    resolve();
    loop_.at(at, [this] { turn(); });
  }

  [[nodiscard]] bool finished() const { return over_ && under_way_ == 0; }
  [[nodiscard]] const Totals& totals() const { return totals_; }
  [[nodiscard]] const std::string& zone() const { return zone_; }
  [[nodiscard]] std::size_t endpoints() const { return addresses_.size(); }

 private:
  void resolve() {
    if (over_) return;
    http::ClientRequest request;
    request.url = options_.endpoint + "/v1/zones/" + zone_ + "/endpoints";
    if (!options_.token.empty())
      request.headers.emplace_back("Authorization", "Bearer " + options_.token);
    request.deadline = 5s;
    client_.send(std::move(request),
                 [this](Result<http::Response> answer) { resolved(std::move(answer)); });
  }

  void resolved(Result<http::Response> answer) {
    Duration wait = 1s;  // as a resolver does: an old answer serves on while the server is away
    boost::system::error_code bad;
    if (answer && answer->status == 200) {
      const auto json = boost::json::parse(answer->body, bad);
      if (!bad) {
        addresses_.clear();
        for (const auto& e : json.at("endpoints").as_array()) {
          addresses_.emplace_back(e.at("address").as_string());
        }
        wait = from_seconds(json.at("ttl_s").to_number<double>());
      }
    }
    if (!addresses_.empty())
      loop_.after(std::max<Duration>(wait, 100ms), [this] { resolve(); });
    else
      loop_.after(200ms, [this] { resolve(); });
  }

  void turn() {
    const Duration since = loop_.clock().mono() - started_;
    for (const std::uint64_t due = plan_.due(since); asked_ < due; ++asked_) ask();
    if (since >= plan_.length()) {
      over_ = true;
      return;
    }
    loop_.after(pace, [this] { turn(); });
  }

  void ask() {
    if (addresses_.empty()) {
      ++totals_.unserved;
      return;
    }
    const std::string& address = addresses_[next_++ % addresses_.size()];
    http::ClientRequest request;
    request.url = "http://" + address + ":" + std::to_string(options_.edge_port) + options_.path;
    request.deadline = answer_deadline;
    ++totals_.sent;
    ++under_way_;
    client_.send(std::move(request), [this, address](Result<http::Response> answer) {
      --under_way_;
      if (answer && answer->status == 200) {
        ++totals_.answered;
        return;
      }
      if (++totals_.failed <= printed_failures) {
        const std::string why =
            answer ? "status " + std::to_string(answer->status) : answer.error().message;
        std::fprintf(stderr, "edgeherd-traffic: %s %s: %s\n", zone_.c_str(), address.c_str(),
                     why.c_str());
      }
    });
  }

  os::AsioLoop& loop_;
  http::Client& client_;
  const Options& options_;
  std::string zone_;
  const TrafficPlan& plan_;
  MonoTime started_{};
  std::vector<std::string> addresses_;
  Totals totals_;
  std::uint64_t asked_ = 0;
  std::size_t next_ = 0;
  int under_way_ = 0;
  bool over_ = false;
};

boost::json::object as_json(const Totals& t) {
  return {{"requests_sent", t.sent + t.unserved},
          {"requests_answered", t.answered},
          {"requests_failed", t.failed + t.unserved},
          {"requests_unserved", t.unserved}};
}

Status write_report(const std::string& path, const std::vector<std::unique_ptr<Viewers>>& all,
                    WallTime started) {
  Totals sum;
  boost::json::object zones;
  for (const auto& viewers : all) {
    const Totals& t = viewers->totals();
    sum.sent += t.sent;
    sum.answered += t.answered;
    sum.failed += t.failed;
    sum.unserved += t.unserved;
    zones[viewers->zone()] = as_json(t);
  }
  boost::json::object report = as_json(sum);
  report["zones"] = std::move(zones);
  report["started_unix_ms"] = unix_millis(started);
  const std::string text = boost::json::serialize(report) + "\n";
  if (path.empty()) {
    std::fputs(text.c_str(), stdout);
    return {};
  }
  std::ofstream out(path);
  out << text;
  out.close();
  if (!out) return fail(Errc::unavailable, path + ": the report cannot be written");
  return {};
}

Result<Options> read_arguments(int argc, char** argv) {
  Options options;
  const std::map<std::string, std::string*> texts = {{"--endpoint", &options.endpoint},
                                                     {"--token", &options.token},
                                                     {"--plan", &options.plan},
                                                     {"--path", &options.path},
                                                     {"--report", &options.report}};
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (i + 1 >= argc) return fail(Errc::invalid, name + " wants a value");
    if (const auto text = texts.find(name); text != texts.end()) {
      *text->second = argv[i + 1];
    } else if (name == "--zone") {
      options.zones.emplace_back(argv[i + 1]);
    } else if (name == "--edge-port") {
      options.edge_port = std::atoi(argv[i + 1]);
    } else {
      return fail(Errc::invalid, "unknown argument " + name);
    }
  }
  if (options.zones.empty())
    return fail(Errc::invalid, "at least one --zone PROVIDER/ZONE is wanted");
  return options;
}

int run(int argc, char** argv) {
  const auto options = read_arguments(argc, argv);
  const auto plan =
      options ? TrafficPlan::parse(options->plan) : Result<TrafficPlan>(options.error());
  if (!plan) {
    std::fprintf(stderr,
                 "edgeherd-traffic: %s\nusage: edgeherd-traffic --zone PROVIDER/ZONE... "
                 "[--endpoint URL] [--token T]"
                 " [--plan NAME:SECONDS:RATE,...] [--path P] [--edge-port N] [--report FILE]\n",
                 plan.error().message.c_str());
    return 2;
  }
  os::AsioLoop loop;
  http::ClientOptions client_options;
  client_options.idle_connections = 512;
  http::Client client(loop.io(), client_options);
  std::vector<std::unique_ptr<Viewers>> all;
  const MonoTime start = loop.clock().mono() + 500ms;
  const WallTime started = loop.clock().wall() + 500ms;
  for (const std::string& zone : options->zones) {
    all.push_back(std::make_unique<Viewers>(loop, client, *options, zone, *plan));
    all.back()->start(start);
  }
  std::function<void()> watch = [&] {
    for (const auto& viewers : all) {
      if (!viewers->finished()) return void(loop.after(100ms, watch));
    }
    loop.stop();
  };
  loop.after(100ms, watch);
  loop.stop_on_signals([] {});
  loop.run();
  if (const auto written = write_report(options->report, all, started); !written) {
    std::fprintf(stderr, "edgeherd-traffic: %s\n", written.error().message.c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace edgeherd::demo

int main(int argc, char** argv) {
  return edgeherd::demo::run(argc, argv);
}
