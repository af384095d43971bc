#include "coordinator/providers/digitalocean/images.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "coordinator/providers/digitalocean/order.h"
#include "coordinator/providers/digitalocean/pages.h"
#include "coordinator/providers/images/asked.h"

namespace edgeherd::digitalocean {

namespace {

using images::Asked;
using images::By;

bool is_in(const CloudImage& image, const std::string& region) {
  return std::find(image.regions.begin(), image.regions.end(), region) != image.regions.end();
}

// Of two of one age the one with the larger id.
bool is_older(const CloudImage& a, const CloudImage& b) {
  const auto age = [](const CloudImage& one) {
    const std::string& id = one.image.id.str();
    return std::tuple(one.image.created, id.size(), id);
  };
  return age(a) < age(b);
}

template <class If>
const CloudImage* newest(const std::vector<CloudImage>& listed, If fits) {
  const CloudImage* best = nullptr;
  for (const CloudImage& image : listed) {
    if (fits(image) && (best == nullptr || is_older(*best, image))) best = &image;
  }
  return best;
}

std::string what_was_asked(const ImageId& asked) {
  const Asked read = images::read_asked(asked);
  if (read.by == By::tag) return "image with the tag \"" + read.value + "\"";
  if (read.by == By::name) return "image with the name \"" + read.value + "\"";
  return "image " + read.value;
}

std::string places_of(const CloudImage& image) {
  if (image.regions.empty()) return "in no region";
  std::string places;
  for (const std::string& region : image.regions) places += (places.empty() ? "" : ", ") + region;
  return "in " + places;
}

// Why nothing can be made of what there is.
Error none_there(const ImageId& asked, const std::string& region,
                 const std::vector<CloudImage>& listed) {
  const std::string none = "no " + what_was_asked(asked);
  if (listed.empty()) return fail(Errc::not_found, none + " is in the account");
  const CloudImage* best = newest(listed, [](const CloudImage& one) { return one.available(); });
  if (best == nullptr) {
    best = newest(listed, [](const CloudImage&) { return true; });
    return fail(Errc::not_found, none + " is available in " + region + ": image " +
                                     images::title_of(best->image) + " is " + best->status);
  }
  return fail(Errc::not_found, none + " is available in " + region + ": image " +
                                   images::title_of(best->image) + " is " + places_of(*best) +
                                   "; transfer it there, or set \"distribute_images\"");
}

}  // namespace

Images::Images(const Options& options, Api& api, EventLoop& loop)
    : options_(options), api_(api), transfers_(api, loop), recent_(loop, images::lookup_kept) {}

void Images::find(const ImageId& asked, const std::string& region, const Found& found) {
  if (!images::is_looked_up(asked)) return found(asked);
  look_and_choose(asked, region, found);
}

void Images::find_instead(const ImageId& asked, const std::string& region, MonoTime known,
                          Error error, const Found& found) {
  const bool by_id = !images::is_looked_up(asked);
  const bool may_be_image = error.code == Errc::invalid || error.code == Errc::not_found;
  if (!may_be_image || (by_id && !is_image_id(asked.str()))) return found(error);
  if (!by_id) recent_.forget(asked.str(), known);
  look_and_choose(asked, region,
                  [by_id, error = std::move(error), found](const Result<ImageId>& image) {
                    const bool says_more = !image && (image.error().code == Errc::not_found ||
                                                      image.error().code == Errc::out_of_stock);
                    found(by_id && !says_more ? Result<ImageId>(error) : image);
                  });
}

void Images::look_and_choose(const ImageId& asked, const std::string& region, const Found& found) {
  recent_.ask(
      asked.str(), [this, asked](const Listed& answer) { look(asked, answer); },
      [this, asked, region, found](const Result<std::vector<CloudImage>>& listed) {
        if (!listed) return found(listed.error());
        choose(asked, region, *listed, found);
      });
}

void Images::look(const ImageId& asked, const Listed& done) {
  const Asked read = images::read_asked(asked);
  if (read.by == By::id) return look_at(asked, done);
  // The API finds images by their tag, but not by their name.
  const std::string which = read.by == By::tag ? "tag_name=" + read.value : "private=true";
  Pages<CloudImage>::read(api_, api_.begin(budget::Kind::change), "/v2/images?" + which,
                          parse_images, [read, done](Result<std::vector<CloudImage>> listed) {
                            if (listed && read.by == By::name) {
                              std::erase_if(*listed, [&](const CloudImage& one) {
                                return one.image.name != read.value;
                              });
                            }
                            done(listed);
                          });
}

void Images::look_at(const ImageId& id, Listed done) {
  api_.send(api_.begin(budget::Kind::change), {"GET", "/v2/images/" + id.str()},
            [done = std::move(done)](const Result<std::string>& body) {
              if (!body && body.error().code == Errc::not_found) {
                return done(std::vector<CloudImage>());
              }
              auto image = body ? parse_image(*body) : Result<CloudImage>(body.error());
              if (!image) return done(image.error());
              done(std::vector<CloudImage>{std::move(*image)});
            });
}

void Images::choose(const ImageId& asked, const std::string& region,
                    const std::vector<CloudImage>& listed, const Found& found) {
  const CloudImage* here =
      newest(listed, [&](const CloudImage& one) { return one.available() && is_in(one, region); });
  const CloudImage* best =
      newest(listed, [](const CloudImage& one) { return one.available() && !one.is_public; });
  const bool copy = options_.distribution == Distribution::by_launches && best != nullptr &&
                    !is_in(*best, region) && (here == nullptr || is_older(*here, *best));
  if (here == nullptr && !copy) return found(none_there(asked, region, listed));
  if (here == nullptr) {
    return transfers_.want(
        *best, region, [found](const std::string& stands) { found(images::launch_waits(stands)); });
  }
  // The launch does not wait for what is newer: later ones have it.
  if (copy) transfers_.want(*best, region, [](const std::string&) {});
  found(here->image.id);
}

}  // namespace edgeherd::digitalocean
