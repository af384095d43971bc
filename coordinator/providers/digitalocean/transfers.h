// Transfers: has an image copied to a region where it is not, once.
//
// The image's own actions say whether a transfer is under way, whoever asked for it: they are
// looked at before each request, so that neither a retry nor a restart makes a second one. Nothing
// is watched in between: the next launch that wants the image looks again. Thread: the loop's.
// Destroying it drops what is under way.
#pragma once

#include <functional>
#include <string>

#include "coordinator/providers/digitalocean/answer.h"
#include "coordinator/providers/digitalocean/api.h"
#include "coordinator/providers/images/copies.h"
#include "coordinator/providers/images/recent.h"

namespace edgeherd::digitalocean {

class Transfers {
 public:
  // Both outlive it.
  Transfers(Api& api, EventLoop& loop);

  // The image is not in the region: asks for the transfer if it is not under way and may be asked
  // for. `done` once, never inline, with how it stands.
  void want(const CloudImage& image, const std::string& region,
            std::function<void(const std::string&)> done);

 private:
  using Stands = images::Recent<std::string>::Done;

  void look(const CloudImage& image, const std::string& region, Stands done);
  void decide(const CloudImage& image, const std::string& region,
              const std::vector<ImageAction>& actions, const Stands& done);
  void ask(const CloudImage& image, const std::string& region, const Stands& done);

  Api& api_;
  EventLoop& loop_;
  images::CopyTurns turns_;
  images::Recent<std::string> recent_;  // by image and region
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace edgeherd::digitalocean
