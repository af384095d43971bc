#include "agent/app/program.h"

#include <utility>

#include "agent/app/box_identity.h"
#include "agent/app/log.h"
#include "agent/metadata/remembered.h"
#include "common/os/real.h"

namespace edgeherd::agent {

namespace {

void say_where(const std::string& host, std::uint16_t port, const std::string& what) {
  const auto shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  say(Severity::info, "version " EDGEHERD_VERSION " " + what + "serves http://" + shown + ":" +
                          std::to_string(port) + "/");
}

}  // namespace

Status Program::start(AgentConfig config) {
  if (config.metadata.wanted == metadata::Wanted::none) return work(std::move(config));
  auto waiting = Waiting::start(
      config, loop_, [this](const metadata::Found& found) { return leave_waiting(found); });
  if (!waiting) return waiting.error();
  waiting_ = std::move(waiting).value();
  say_where(waiting_->page().host, waiting_->page().port, "waits for metadata, and ");
  return {};
}

// Called from within `waiting_`, which can only be ended once it has returned.
Status Program::leave_waiting(const metadata::Found& found) {
  auto config = make_config(options_, found);
  if (!config) return config.error();
  found_ = found;
  const auto& facts = found.facts;
  say(Severity::info, "this is " + facts.instance_id + " in " + facts.zone + " (" + facts.region +
                          ") of " + std::string(metadata::to_string(facts.cloud)));
  loop_.post([this, whole = std::move(*config)] {
    waiting_.reset();
    outcome_ = work(whole);
    if (!outcome_) return loop_.stop();
    const auto path = whole.state_dir + "/" + std::string(metadata_file);
    const auto kept =
        metadata::remember(*os::make_file_system(), path, {machine_uuid("/"), *found_});
    if (!kept) say(Severity::warning, "metadata is not kept for later: " + kept.error().message);
  });
  return {};
}

Status Program::work(AgentConfig config) {
  const auto host = config.listen.host;
  auto app = AgentApp::start(
      std::move(config), [this] { return read_again(); }, loop_);
  if (!app) return app.error();
  app_ = std::move(app).value();
  say_where(host, app_->port(), "");
  return {};
}

Result<AgentConfig> Program::read_again() const {
  if (options_.standalone) return fail(Errc::invalid, "standalone mode has no configuration");
  return found_ ? make_config(options_, *found_) : make_config(options_);
}

void Program::hang_up() {
  if (!app_) return say(Severity::info, "the configuration is read when metadata is there");
  const auto reloaded = app_->reload();
  if (reloaded) {
    say(Severity::info, "the checks were read again");
  } else {
    say(Severity::error, "nothing was changed: " + reloaded.error().message);
  }
}

}  // namespace edgeherd::agent
