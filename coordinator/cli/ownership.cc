// Whose a server is: adopt, forget, enroll token.
#include "coordinator/cli/command.h"
#include "coordinator/cli/fields.h"
#include "coordinator/cli/show.h"

namespace edgeherd::cli {

namespace json = boost::json;

void run_adopt(Context& context) {
  const std::string& server = context.asked.arguments.front();
  const auto slash = server.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == server.size()) {
    throw usage_error(
        "\"" + server + "\" does not name a server at a provider",
        "it is PROVIDER/SERVER, as `edgeherd status` lists those that can be adopted");
  }
  const std::string provider = server.substr(0, slash);
  const std::string vm = server.substr(slash + 1);
  json::object body{{"provider", provider}, {"vm", vm}};
  if (context.asked.has("zone")) body["zone"] = context.asked.option("zone");
  const Answer answer = context.coordinator.post("/v1/adopt", body);
  if (passed_through(context, answer)) return;
  const std::string node = text(answer.document, "node");
  context.terminal.out() << server << ": adopted as " << node
                         << ", protected until `edgeherd unprotect " << node << "`\n";
}

void run_forget(Context& context) {
  const std::string& node = context.asked.arguments.front();
  const Answer answer = context.coordinator.post("/v1/forget", {{"node", node}});
  if (passed_through(context, answer)) return;
  context.terminal.out() << node << ": forgotten; the server itself was not touched\n";
}

void run_enroll_token(Context& context) {
  const std::string& node = context.asked.arguments.front();
  const Answer answer = context.coordinator.post("/v1/enroll-token", {{"node", node}});
  if (passed_through(context, answer)) return;
  Terminal& terminal = context.terminal;
  terminal.out() << "node   " << text(answer.document, "node") << "\ntoken  "
                 << text(answer.document, "token") << '\n';
  const json::value* user_data = answer.document.if_contains("user_data");
  if (user_data == nullptr || !user_data->is_string() || user_data->get_string().empty()) return;
  // As it is, line for line: it is to be put on the server.
  terminal.out() << "\nuser data:\n" << std::string_view(user_data->get_string());
  if (!user_data->get_string().ends_with('\n')) terminal.out() << '\n';
}

}  // namespace edgeherd::cli
