#include "common/telemetry/prometheus.h"

#include <array>
#include <cstdio>
#include <limits>

#include <sys/wait.h>

#include "tests/support/catch.h"

using namespace edgeherd::telemetry;

TEST_CASE("a family is told once, with its samples below it") {
  PrometheusPage page;
  page.family("edgeherd_nodes", MetricKind::gauge, "Nodes by state.");
  page.sample({{"zone", "lon1"}, {"state", "in_service"}}, 12.0);
  page.sample({{"zone", "lon1"}, {"state", "draining"}}, 0.5);
  CHECK(page.text() ==
        "# HELP edgeherd_nodes Nodes by state.\n"
        "# TYPE edgeherd_nodes gauge\n"
        "edgeherd_nodes{zone=\"lon1\",state=\"in_service\"} 12\n"
        "edgeherd_nodes{zone=\"lon1\",state=\"draining\"} 0.5\n");
}

TEST_CASE("label values and help texts are escaped") {
  PrometheusPage page;
  page.family("x", MetricKind::gauge, "a\\b\n\"c\"");
  page.sample({{"l", "a\\b\n\"c\""}}, 1.0);
  CHECK(page.text() == "# HELP x a\\\\b\\n\"c\"\n# TYPE x gauge\nx{l=\"a\\\\b\\n\\\"c\\\"\"} 1\n");
}

TEST_CASE("numbers that are none, and numbers that are large, keep their meaning") {
  PrometheusPage page;
  page.family("x_total", MetricKind::counter, "h");
  page.sample({}, std::uint64_t{18446744073709551615U});
  page.family("y", MetricKind::gauge, "h");
  page.sample(std::numeric_limits<double>::quiet_NaN());
  page.sample(std::numeric_limits<double>::infinity());
  page.sample(-std::numeric_limits<double>::infinity());
  CHECK(page.text().find("x_total 18446744073709551615\n") != std::string::npos);
  CHECK(page.text().find("y NaN\ny +Inf\ny -Inf\n") != std::string::npos);
}

TEST_CASE("promtool accepts a page with everything on it") {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) {
    WARN("promtool is not installed: not checked");
    return;
  }
  PrometheusPage page;
  page.family("edgeherd_nodes", MetricKind::gauge, "Nodes.");
  page.sample({{"zone", "a\"\\\nb"}}, 12.0);
  page.family("edgeherd_requests_total", MetricKind::counter, "Requests.");
  page.sample({{"code", "2xx"}}, std::uint64_t{7});
  page.family("edgeherd_latency_seconds", MetricKind::histogram, "Time to first byte.");
  const std::array<PrometheusPage::Bucket, 2> buckets{{{0.01, 3}, {0.1, 5}}};
  page.histogram({}, buckets, 6, 0.75);
  FILE* promtool = ::popen("promtool check metrics", "w");
  REQUIRE(promtool != nullptr);
  std::fputs(page.text().c_str(), promtool);
  const int status = ::pclose(promtool);
  CHECK(WEXITSTATUS(status) == 0);
}
