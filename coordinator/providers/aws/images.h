// Images: which image a launch is made of, and whether it is in the launch's region.
//
// "tag:edge" and "name:edge-7" are the newest such image of the account that is available in the
// region; an id is ordered as it is. With Distribution::by_launches an image that another
// configured region has is copied, and the launch waits for it, if its region has none of what was
// asked for. Nothing is watched in between: the next launch that wants the image looks again. A
// burst of launches asks once.
//
// A copy is an image of its own, with an id and an age of its own. So it carries the tag copy_tag,
// which says of what it is a copy: that is what tells whether a region has an image, and how old it
// is. Thread: the loop's. Destroying it drops what is under way.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/providers/aws/ec2.h"
#include "coordinator/providers/images/copies.h"
#include "coordinator/providers/images/recent.h"

namespace edgeherd::aws {

class Images {
 public:
  using Found = std::function<void(const Result<ImageId>&)>;
  using Regions = std::vector<std::unique_ptr<Ec2>>;

  // All outlive it.
  Images(const Options& options, const Regions& regions, EventLoop& loop);

  // `found` once, and at once for an id. `not_found` says what there is instead; `out_of_stock`: a
  // copy is awaited.
  void find(Ec2& region, const ImageId& asked, const Found& found);
  // What was found at `known` is not there any more.
  void forget(Ec2& region, const ImageId& asked, MonoTime known);

 private:
  // An image where it is.
  struct Located {
    Ec2* region = nullptr;
    CloudImage image;
  };
  // What the other regions have: the newest of those that answered, or why one did not.
  struct Elsewhere {
    std::size_t open = 0;
    std::optional<Located> best;
    std::optional<Error> failed;
  };
  using Listed = std::vector<CloudImage>;

  void look(Ec2& region, const ImageId& asked, images::Recent<Listed>::Done done);
  void look_elsewhere(Ec2& region, const ImageId& asked,
                      std::function<void(const Elsewhere&)> done);
  void choose(Ec2& region, const ImageId& asked, const Listed& listed, const Found& found);
  void await_copy(Ec2& region, const ImageId& asked, const Listed& listed,
                  const Elsewhere& elsewhere, const Found& found);
  // Has the image copied if that is not under way and may be asked for; `done` with how it stands.
  void want(Ec2& to, const Located& from, const Listed& there,
            std::function<void(const std::string&)> done);
  void decide(Ec2& to, const Located& from, const Listed& there,
              const images::Recent<std::string>::Done& done);
  void copy(Ec2& to, const Located& from, std::size_t attempt,
            const images::Recent<std::string>::Done& done);

  const Options& options_;
  const Regions& regions_;
  EventLoop& loop_;
  images::CopyTurns turns_;
  images::Recent<Listed> recent_;                // by region and what was asked for
  images::Recent<std::string> standing_;         // by copy
  std::map<std::string, std::size_t> lost_;      // copies that came to nothing, by copy
  std::map<std::string, std::string> answered_;  // the id that was given last, by copy
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace edgeherd::aws
