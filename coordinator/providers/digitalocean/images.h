// Images: which image a launch is made of, and whether it is where the launch is.
//
// "tag:edge" and "name:edge-7" are the newest such image that is available in the region. An id is
// ordered as it is, and looked at when the order was refused: the cloud's words do not tell what is
// wrong with it. A slug is the cloud's to know. With
// Distribution::by_launches an image that the account has elsewhere is transferred, and the launch
// waits for it, if the region has none of what was asked for. A burst of launches asks once.
//
// Thread: the loop's. Destroying it drops what is under way.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "coordinator/providers/digitalocean/options.h"
#include "coordinator/providers/digitalocean/transfers.h"

namespace edgeherd::digitalocean {

class Images {
 public:
  using Found = std::function<void(const Result<ImageId>&)>;

  // All outlive it.
  Images(const Options& options, Api& api, EventLoop& loop);

  // `found` once, and at once for what needs no look. `not_found` says what there is instead;
  // `out_of_stock`: a transfer is awaited.
  void find(const ImageId& asked, const std::string& region, const Found& found);
  // An order of what was found at `known` was refused with `error`: looks whether it is the image
  // that is wrong. `found` with another one, or with the error that there is then.
  void find_instead(const ImageId& asked, const std::string& region, MonoTime known, Error error,
                    const Found& found);

 private:
  using Listed = images::Recent<std::vector<CloudImage>>::Done;

  void look(const ImageId& asked, const Listed& done);
  void look_at(const ImageId& id, Listed done);
  void look_and_choose(const ImageId& asked, const std::string& region, const Found& found);
  void choose(const ImageId& asked, const std::string& region,
              const std::vector<CloudImage>& listed, const Found& found);

  const Options& options_;
  Api& api_;
  Transfers transfers_;
  images::Recent<std::vector<CloudImage>> recent_;  // by what was asked for
};

}  // namespace edgeherd::digitalocean
