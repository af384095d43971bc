#include "coordinator/providers/aws/images.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "common/core/utc.h"
#include "coordinator/providers/aws/listing.h"
#include "coordinator/providers/images/asked.h"

namespace edgeherd::aws {

namespace {

using images::Asked;
using images::By;

// Of two of one age the one with the larger id.
bool is_older(const CloudImage& a, const CloudImage& b) {
  return std::tuple(a.original_created, a.image.id) < std::tuple(b.original_created, b.image.id);
}

const CloudImage* newest_available(const std::vector<CloudImage>& listed) {
  const CloudImage* best = nullptr;
  for (const CloudImage& image : listed) {
    if (image.state != ImageState::available) continue;
    if (best == nullptr || is_older(*best, image)) best = &image;
  }
  return best;
}

std::string key_of(const Ec2& to, const CloudImage& image) {
  return image.original + " to " + to.region().name;
}

std::string what_was_asked(const Options& options, const ImageId& asked) {
  const Asked read = images::read_asked(asked);
  if (read.by == By::tag) return "image with the tag " + options.image_tag + "=" + read.value;
  return "image with the name \"" + read.value + "\"";
}

}  // namespace

Images::Images(const Options& options, const Regions& regions, EventLoop& loop)
    : options_(options),
      regions_(regions),
      loop_(loop),
      turns_(loop),
      recent_(loop, images::lookup_kept),
      standing_(loop, images::lookup_kept) {}

void Images::find(Ec2& region, const ImageId& asked, const Found& found) {
  if (!images::is_looked_up(asked)) return found(asked);
  look(region, asked, [this, &region, asked, found](const Result<Listed>& listed) {
    if (!listed) return found(listed.error());
    choose(region, asked, *listed, found);
  });
}

void Images::forget(Ec2& region, const ImageId& asked, MonoTime known) {
  recent_.forget(region.region().name + " " + asked.str(), known);
}

void Images::look(Ec2& region, const ImageId& asked, images::Recent<Listed>::Done done) {
  recent_.ask(
      region.region().name + " " + asked.str(),
      [this, &region, asked](const images::Recent<Listed>::Done& answer) {
        const Asked what = images::read_asked(asked);
        if (!is_filter_value(what.value)) {
          return loop_.post([alive = std::weak_ptr(alive_), answer, asked] {
            if (alive.expired()) return;
            answer(fail(Errc::invalid, "image \"" + asked.str() +
                                           "\": \"*\", \"?\" and \"\\\" stand for other "
                                           "characters in EC2's filters"));
          });
        }
        collect<CloudImage>(
            region, "DescribeImages",
            [this, what](const std::string& next) { return image_page(options_, what, next); },
            [name = region.region().name](std::string_view xml) { return parse_images(xml, name); },
            answer);
      },
      std::move(done));
}

// A region that does not answer hides no image of another one.
void Images::look_elsewhere(Ec2& region, const ImageId& asked,
                            std::function<void(const Elsewhere&)> done) {
  auto gathered = std::make_shared<Elsewhere>();
  gathered->open = regions_.size() - 1;
  for (const auto& other : regions_) {
    if (other.get() == &region) continue;
    look(*other, asked, [gathered, other = other.get(), done](const Result<Listed>& listed) {
      const CloudImage* best = listed ? newest_available(*listed) : nullptr;
      if (!listed) gathered->failed = listed.error();
      if (best != nullptr && (!gathered->best || is_older(gathered->best->image, *best))) {
        gathered->best = Located{other, *best};
      }
      if (--gathered->open == 0) done(*gathered);
    });
  }
}

void Images::choose(Ec2& region, const ImageId& asked, const Listed& listed, const Found& found) {
  const CloudImage* here = newest_available(listed);
  const bool copies = options_.distribution == Distribution::by_launches && regions_.size() > 1;
  if (here == nullptr && !copies) {
    return found(fail(Errc::not_found, "no " + what_was_asked(options_, asked) +
                                           " is available in " + region.region().name));
  }
  if (here == nullptr) {
    return look_elsewhere(region, asked,
                          [this, &region, asked, listed, found](const Elsewhere& elsewhere) {
                            await_copy(region, asked, listed, elsewhere, found);
                          });
  }
  // The launch does not wait for what is newer: later ones have it.
  if (copies) {
    look_elsewhere(region, asked, [this, &region, mine = *here, listed](const Elsewhere& others) {
      if (!others.best || others.best->image.original == mine.original) return;
      if (!is_older(mine, others.best->image)) return;
      want(region, *others.best, listed, [](const std::string&) {});
    });
  }
  found(here->image.id);
}

void Images::await_copy(Ec2& region, const ImageId& asked, const Listed& listed,
                        const Elsewhere& elsewhere, const Found& found) {
  if (elsewhere.best) {
    return want(region, *elsewhere.best, listed,
                [found](const std::string& stands) { found(images::launch_waits(stands)); });
  }
  if (elsewhere.failed) return found(*elsewhere.failed);
  found(fail(Errc::not_found, "no " + what_was_asked(options_, asked) +
                                  " is available in any region of the options"));
}

void Images::want(Ec2& to, const Located& from, const Listed& there,
                  std::function<void(const std::string&)> done) {
  standing_.ask(
      key_of(to, from.image),
      [this, &to, from, there](const images::Recent<std::string>::Done& answer) {
        decide(to, from, there, answer);
      },
      [done = std::move(done)](const Result<std::string>& stands) {
        done(stands ? *stands : stands.error().message);
      });
}

void Images::decide(Ec2& to, const Located& from, const Listed& there,
                    const images::Recent<std::string>::Done& done) {
  const std::string& name = to.region().name;
  const std::string key = key_of(to, from.image);
  std::size_t failed = 0;
  bool shown = false;
  for (const CloudImage& image : there) {
    if (image.original != from.image.original || image.state == ImageState::available) continue;
    shown = shown || image.image.id.str() == answered_[key];
    if (image.state == ImageState::pending) {
      return done(
          images::on_its_way(images::title_of(from.image.image), name, image.image.created));
    }
    ++failed;
    turns_.ended(key, image.image.id.str(),
                 "copy " + image.image.id.str() + " has failed" +
                     (image.why.empty() ? "" : ": " + image.why));
  }
  if (!turns_.take(key))
    return done(turns_.not_copied(key, images::title_of(from.image.image), name));
  // A copy that EC2 had made and does not show any more: the same token would only name it again.
  if (!answered_[key].empty() && !shown) ++lost_[key];
  answered_.erase(key);
  copy(to, from, failed + lost_[key], done);
}

void Images::copy(Ec2& to, const Located& from, std::size_t attempt,
                  const images::Recent<std::string>::Done& done) {
  to.ask("CopyImage", copy_image(from.image, from.region->region().name, to.region().name, attempt),
         [this, &to, image = from.image, done](const Ec2::Answer& answer) {
           const std::string key = key_of(to, image);
           const Result<ImageId> made =
               answer.refusal ? Result<ImageId>(answer.refusal->error) : parse_copy(answer.body);
           if (made) {
             answered_[key] = made->str();
             turns_.failed(key, "its copy " + made->str() + " is not shown yet");
             return done(images::on_its_way(images::title_of(image.image), to.region().name,
                                            loop_.clock().wall()));
           }
           turns_.failed(key, made.error().message);
           done(turns_.not_copied(key, images::title_of(image.image), to.region().name));
         });
}

}  // namespace edgeherd::aws
