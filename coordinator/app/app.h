// App: the coordinator as one program: every part made, wired, and taken apart in order.
//
// Thread: the loop's. make() does what may be refused (files, ports, database) and leaves nothing
// behind on an error; start() begins. The loop outlives the app.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/core/result.h"
#include "common/os/asio_loop.h"
#include "coordinator/settings/settings.h"

namespace edgeherd::app {

class App {
 public:
  // `config_path` as it was given: where a reload reads.
  [[nodiscard]] static Result<std::unique_ptr<App>> make(os::AsioLoop& loop,
                                                         std::string config_path,
                                                         settings::Settings settings);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Takes the fleet over. `failed` is called if that cannot be made durable: then nothing runs.
  void start(std::function<void(Error)> failed);

  // Reads the configuration again; a bad one changes nothing. As by SIGHUP; also reopens the log.
  void reload();

  // Where the HTTP API listens; for port 0.
  [[nodiscard]] std::uint16_t api_port() const;

 private:
  struct Parts;
  explicit App(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace edgeherd::app
