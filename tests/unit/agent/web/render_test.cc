#include "agent/web/render.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <boost/json.hpp>
#include <unistd.h>

#include "agent/web/text.h"
#include "tests/support/catch.h"
#include "tests/unit/agent/collect/fixture_tree.h"
#include "tests/unit/agent/web/sample_view.h"

using namespace edgeherd;
using namespace edgeherd::agent;
using edgeherd::test::at;
using edgeherd::test::sample_view;

namespace {

boost::json::object status(const NodeView& view, MonoTime now) {
  std::string out;
  render_status_json(view, now, out);
  return boost::json::parse(out).as_object();
}

std::string prometheus(const NodeView& view) {
  std::string out;
  render_prometheus(view, out);
  return out;
}

std::string page(const NodeView& view) {
  std::string out;
  render_page(view, at(200), out);
  return out;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct PromtoolAnswer {
  int exit_code = 0;
  std::string output;
};

PromtoolAnswer promtool(const std::string& text) {
  test::FixtureTree folder;
  folder.write("metrics", text);
  const auto command = "promtool check metrics < " + folder.root() + "/metrics 2>&1";
  PromtoolAnswer answer;
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
    answer.output += static_cast<char>(c);
  answer.exit_code = ::pclose(pipe);
  return answer;
}

}  // namespace

TEST_CASE("status.json states schema, node, state, verdict, checks and metrics with their ages") {
  const auto json = status(sample_view(), at(203));
  CHECK(json.at("schema").as_int64() == 1);
  CHECK(json.at("node").as_string() == "node-7");
  CHECK(json.at("state").as_string() == "serving");
  CHECK(json.at("verdict").as_string() == "unknown");
  CHECK_FALSE(json.at("ready").as_bool());
  const auto& checks = json.at("checks").as_array();
  CHECK(checks.at(0).at("outcome").as_string() == "pass");
  CHECK(checks.at(0).at("age_ms").as_int64() == 4000);
  CHECK(checks.at(1).at("age_ms").is_null());
  const auto& load = json.at("metrics").at("load1");
  CHECK(load.at("value").as_double() == Approx(0.25));
  CHECK(load.at("age_ms").as_int64() == 3000);
  CHECK(load.at("unit").as_string() == "processes");
  CHECK(json.at("metrics").at("cpu_busy_seconds_total").at("value").as_double() == Approx(1.5));
  CHECK(json.at("metrics").at("network_transmit_bytes_total").at("value").as_int64() ==
        123456789012);
}

TEST_CASE("an absent metric is null in status.json and has no line in /metrics") {
  auto view = sample_view();
  view.reading.load1.reset();
  view.reading.traffic.reset();
  const auto json = status(view, at(200));
  CHECK(json.at("metrics").at("load1").is_null());
  CHECK(json.at("metrics").at("requests_total").is_null());
  CHECK_FALSE(has(prometheus(view), "edgeherd_agent_load1"));
  CHECK(has(page(view), "no data"));
}

TEST_CASE("a view of which nothing is known is still valid everywhere") {
  const NodeView empty;
  CHECK(status(empty, at(1)).at("shipping").is_null());
  CHECK_FALSE(prometheus(empty).empty());
  CHECK(has(page(empty), "No checks are configured"));
}

TEST_CASE("promtool accepts the metrics without a complaint") {
  for (const auto& view : {sample_view(), NodeView{}}) {
    const auto answer = promtool(prometheus(view));
    INFO(answer.output);
    CHECK(answer.exit_code == 0);
    CHECK(answer.output.empty());
  }
}

TEST_CASE("promtool would have complained about a bad metric") {
  const auto answer = promtool("# TYPE a_total gauge\na_total 1\n");
  CHECK((answer.exit_code != 0 || !answer.output.empty()));
}

TEST_CASE("the latency histogram is cumulative and ends with everything") {
  const auto text = prometheus(sample_view());
  CHECK(has(text, "edgeherd_agent_latency_seconds_bucket{le=\"0.0025\"} 0\n"));
  CHECK(has(text, "edgeherd_agent_latency_seconds_bucket{le=\"0.005\"} 7\n"));
  CHECK(has(text, "edgeherd_agent_latency_seconds_bucket{le=\"0.25\"} 10\n"));
  CHECK(has(text, "edgeherd_agent_latency_seconds_bucket{le=\"+Inf\"} 10\n"));
  CHECK(has(text, "edgeherd_agent_latency_seconds_count 10\n"));
}

TEST_CASE("names and reasons cannot break out of the page, the JSON or a label") {
  auto view = sample_view();
  view.node = "<script>alert(1)</script>";
  view.health.checks[0].name = "a\"b\\c\nd";
  view.health.checks[0].finding.reason = "<img src=x onerror='alert(1)'>\xff\x01";
  const auto html = page(view);
  CHECK_FALSE(has(html, "<script>alert"));
  CHECK_FALSE(has(html, "<img"));
  CHECK(has(html, "&lt;img src=x onerror=&#39;alert(1)&#39;&gt;"));
  const auto json = status(view, at(200));
  CHECK(json.at("checks").as_array().at(0).at("name").as_string() == "a\"b\\c\nd");
  const auto metrics = prometheus(view);
  CHECK(has(metrics, "{check=\"a\\\"b\\\\c\\nd\",outcome=\"pass\"}"));
  CHECK(promtool(metrics).exit_code == 0);
}

TEST_CASE("a draining node is not ready although its checks are good") {
  auto view = sample_view();
  view.health.failing.clear();
  view.health.ready = true;
  CHECK(view.ready());
  view.state = "draining";
  CHECK_FALSE(view.ready());
  std::string reasons;
  render_readiness(view, reasons);
  CHECK(reasons == "not ready: the node is draining\n");
}

TEST_CASE("a node that waits for metadata says so on every page, and why it has none yet") {
  NodeView view;
  view.state = "waiting";
  view.waiting_for = "metadata from http://169.254.169.254: <no answer>";
  std::string reasons;
  render_readiness(view, reasons);
  CHECK(reasons ==
        "not ready: the node is waiting for metadata from http://169.254.169.254: <no answer>\n");
  const auto json = status(view, at(200));
  CHECK(json.at("state").as_string() == "waiting");
  CHECK(json.at("waiting_for").as_string() == view.waiting_for);
  CHECK(has(page(view), "for metadata from http://169.254.169.254: &lt;no answer&gt;"));
  CHECK_FALSE(status(sample_view(), at(200)).contains("waiting_for"));
}

TEST_CASE("where the server is in its cloud is shown, and null when nobody said it") {
  auto view = sample_view();
  CHECK(status(view, at(200)).at("cloud").is_null());
  view.cloud = {"aws", "eu-west-2", "eu-west-2a", "i-7"};
  const auto cloud = status(view, at(200)).at("cloud");
  CHECK(cloud.at("provider").as_string() == "aws");
  CHECK(cloud.at("region").as_string() == "eu-west-2");
  CHECK(cloud.at("zone").as_string() == "eu-west-2a");
  CHECK(cloud.at("instance_id").as_string() == "i-7");
  CHECK(has(page(view), "aws eu-west-2a i-7"));
}

TEST_CASE("readiness names the checks that stand in its way and why") {
  auto view = sample_view();
  std::string reasons;
  render_readiness(view, reasons);
  CHECK(reasons == "not ready: check disk: unknown: has not run yet\n");
}

TEST_CASE("the page loads nothing from anywhere") {
  const auto html = page(sample_view());
  CHECK_FALSE(has(html, "http://"));
  CHECK_FALSE(has(html, "https://"));
  CHECK_FALSE(has(html, "src="));
  CHECK(has(html, "prefers-color-scheme"));
}

TEST_CASE("numbers are written so that they read back the same") {
  const auto number = [](double value) {
    std::string out;
    append_number(out, value);
    return out;
  };
  CHECK(number(0) == "0");
  CHECK(number(0.1) == "0.1");
  CHECK(number(1e15) == "1000000000000000");
  CHECK(number(-3) == "-3");
  CHECK(human_bytes(1536) == "1.54 kB");
  CHECK(human_bits_per_second(125e6) == "1.00 Gbit/s");
  CHECK(human_count(640) == "640");
  CHECK(human_duration(350ms) == "350 ms");
  CHECK(human_duration(90s) == "90 s");
  CHECK(human_duration(50h) == "2 d");
}

TEST_CASE("history keeps the newest five minutes, peaks and gaps") {
  History history;
  Reading reading;
  for (int i = 0; i < 400; ++i) {
    reading.edge_connections = static_cast<std::uint32_t>(i);
    history.add(reading);
  }
  const auto all = history.series(Series::connections, history_points);
  REQUIRE(all.size() == history_points);
  CHECK(all.front() == 100);
  CHECK(all.back() == 399);
  const auto few = history.series(Series::connections, 100);
  CHECK(few.size() == 100);
  CHECK(few.back() == 399);
  CHECK(std::isnan(history.series(Series::cpu, 10).front()));
  CHECK(History().series(Series::cpu, 10).empty());
}
