// Orders that change a flag or a standing order: cordon, protect, keep, pause, resume, takeover,
// retry.
#include "coordinator/cli/command.h"
#include "coordinator/cli/fields.h"
#include "coordinator/cli/show.h"

namespace edgeherd::cli {

namespace json = boost::json;

namespace {

void order(const Context& context, const std::string& path, const json::object& body,
           const std::string& done) {
  const Answer answer = context.coordinator.post(path, body);
  if (!passed_through(context, answer)) context.terminal.out() << done << '\n';
}

std::string past(const std::string& verb) {
  if (verb == "keep") return "kept";
  return verb + (verb.ends_with('e') ? "d" : "ed");
}

}  // namespace

// Node after node; the first that is refused ends it, and what was done before has been said.
void run_flag(Context& context) {
  const std::string verb(context.asked.command->path);
  for (const std::string& node : context.asked.arguments) {
    order(context, "/v1/nodes/" + encoded_value(node) + "/" + verb, {}, node + ": " + past(verb));
  }
}

void run_pause(Context& context) {
  std::string reason = context.asked.option("reason");
  if (!context.asked.arguments.empty()) {
    if (!reason.empty()) throw usage_error("the reason is given twice");
    reason = context.asked.arguments.front();
  }
  order(context, "/v1/pause", {{"reason", reason.empty() ? "no reason was given" : reason}},
        "paused: nothing is changed until `edgeherd resume`");
}

void run_resume(Context& context) {
  json::object body;
  if (context.asked.has("read-only")) body["read_only"] = true;
  if (context.asked.has("expect-count")) {
    if (!context.asked.has("read-only")) throw usage_error("--expect-count goes with --read-only");
    body["expect_count"] = std::stoll(context.asked.option("expect-count"));
  }
  order(context, "/v1/resume", body,
        context.asked.has("read-only") ? "no longer read-only: the coordinator acts again"
                                       : "resumed: the coordinator acts again");
}

void run_takeover(Context& context) {
  order(context, "/v1/takeover", {}, "taken over: this coordinator is the fleet's now");
}

void run_retry(Context& context) {
  const std::string& zone = context.asked.arguments.front();
  const Answer answer = context.coordinator.post("/v1/retry", {{"zone", zone}});
  if (passed_through(context, answer)) return;
  for (const std::string& id : texts(answer.document, "opened")) {
    context.terminal.out() << zone << ": open again: " << id << '\n';
  }
}

}  // namespace edgeherd::cli
