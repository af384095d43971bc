#include "coordinator/providers/aws/aws_provider.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "coordinator/providers/aws/ec2.h"
#include "coordinator/providers/aws/images.h"
#include "coordinator/providers/aws/listing.h"

namespace edgeherd::aws {

namespace {

// So long an id that EC2 gave us may be unknown to EC2 (its own advice: ask again for five
// minutes).
constexpr Duration settling = 5min;

// What is known of an instance of ours.
struct Known {
  Ec2* region = nullptr;
  std::optional<MonoTime> made_at;  // until a listing has shown it
};

class AwsProvider final : public act::Provider {
 public:
  AwsProvider(Options options, EventLoop& loop, std::shared_ptr<CredentialSource> source,
              const http::Transport& transport)
      : options_(std::move(options)), loop_(loop) {
    for (const Region& region : options_.regions) {
      regions_.push_back(std::make_unique<Ec2>(region, options_, source, loop, transport));
    }
  }

  void create(act::CreateRequest request, std::function<void(Result<model::Vm>)> done) override;
  void destroy(VmId vm, std::function<void(Status)> done) override {
    with_ours(vm, std::move(done), [this, vm](Ec2& region, std::function<void(Status)> then) {
      terminate(region, vm, std::move(then));
    });
  }
  void reboot(VmId vm, std::function<void(Status)> done) override {
    with_ours(vm, std::move(done), [this, vm](Ec2& region, std::function<void(Status)> then) {
      region.ask("RebootInstances", one_instance(vm),
                 [this, vm, then = std::move(then)](const Ec2::Answer& answer) {
                   if (answer.refusal) return then(not_yet(vm, answer.refusal->error));
                   then(parse_reboot(answer.body));
                 });
    });
  }
  void list(std::function<void(Result<std::vector<model::Vm>>)> done) override;
  void images(std::function<void(Result<std::vector<act::Image>>)> done) override {
    collect<CloudImage>(
        regions_, "DescribeImages",
        [this](const std::string& next) { return image_page(options_, next); },
        [](std::string_view xml) { return parse_images(xml, {}); },
        [done = std::move(done)](const Result<std::vector<CloudImage>>& found) {
          if (!found) return done(found.error());
          std::vector<act::Image> usable;
          for (const CloudImage& one : *found) usable.push_back(one.image);
          done(std::move(usable));
        });
  }

 private:
  using Then = std::function<void(Status)>;

  void answer_later(std::function<void()> answer) {
    loop_.post([alive = std::weak_ptr<int>(alive_), answer = std::move(answer)] {
      if (!alive.expired()) answer();
    });
  }
  Ec2* region_at(const std::string& place);
  // `done` with what is wrong, or `act` on an instance that is alive and has the fleet tag.
  void with_ours(const VmId& vm, Then done, std::function<void(Ec2&, Then)> act);
  void find(std::size_t region, const VmId& vm, Then done, std::function<void(Ec2&, Then)> act);
  // Of an image that is looked up: what was found may be gone by now, and is looked up once more.
  enum class Choice { first, second };
  void find_image(Ec2& region, const act::CreateRequest& request, Choice choice,
                  const std::string& type, std::function<void(Result<model::Vm>)> done);
  void launch(Ec2& region, const act::CreateRequest& request, const ImageId& image,
              const std::string& type, Choice choice, std::function<void(Result<model::Vm>)> done);
  void terminate(Ec2& region, const VmId& vm, Then then);
  void made(Ec2& region, Result<Instance> instance,
            const std::function<void(Result<model::Vm>)>& done);
  void find_made(Ec2& region, const NodeId& node, Error mismatch,
                 std::function<void(Result<model::Vm>)> done);
  // Right after its creation EC2 may not know an instance yet: that it is not found then says
  // nothing, least of all that it is gone.
  [[nodiscard]] Error not_yet(const VmId& vm, Error error) const;

  const Options options_;
  EventLoop& loop_;
  std::vector<std::unique_ptr<Ec2>> regions_;
  Images images_{options_, regions_, loop_};
  std::map<VmId, Known> known_;  // instances with the fleet tag
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

Ec2* AwsProvider::region_at(const std::string& place) {
  const Region* wanted = region_of(options_, place);
  for (const auto& region : regions_) {
    if (wanted != nullptr && region->region().name == wanted->name) return region.get();
  }
  return nullptr;
}

void AwsProvider::create(act::CreateRequest request, std::function<void(Result<model::Vm>)> done) {
  const auto refuse = [&](const std::string& why) {
    answer_later([done, error = fail(Errc::invalid, why)] { done(error); });
  };
  Ec2* region = region_at(request.place);
  if (region == nullptr) {
    return refuse("zone \"" + request.place + "\" is in none of the \"regions\" of the options");
  }
  const std::string type = request.size.empty() ? options_.instance_type : request.size;
  if (type.empty()) {
    return refuse("zone \"" + request.place +
                  "\" has no \"size\", and there is no "
                  "\"instance_type\" in the options");
  }
  if (request.user_data.size() > most_user_data_bytes) {
    return refuse("user data of " + std::to_string(request.user_data.size()) +
                  " bytes; EC2 takes " + std::to_string(most_user_data_bytes));
  }
  find_image(*region, request, Choice::first, type, std::move(done));
}

void AwsProvider::find_image(Ec2& region, const act::CreateRequest& request, Choice choice,
                             const std::string& type, std::function<void(Result<model::Vm>)> done) {
  images_.find(
      region, request.image,
      [this, &region, request, choice, type, done = std::move(done)](const Result<ImageId>& image) {
        if (!image) return done(image.error());
        launch(region, request, *image, type, choice, done);
      });
}

void AwsProvider::launch(Ec2& region, const act::CreateRequest& request, const ImageId& image,
                         const std::string& type, Choice choice,
                         std::function<void(Result<model::Vm>)> done) {
  const MonoTime known = loop_.clock().mono();
  region.ask("RunInstances", run_instances(request, image, type, region.region(), options_),
             [this, &region, request, type, choice, known,
              done = std::move(done)](const Ec2::Answer& answer) {
               if (!answer.refusal) {
                 return made(region, parse_run(answer.body, options_.address), done);
               }
               if (answer.refusal->code == "IdempotentParameterMismatch") {
                 return find_made(region, request.node, answer.refusal->error, done);
               }
               if (!answer.refusal->code.starts_with("InvalidAMIID.")) {
                 return done(answer.refusal->error);
               }
               if (!images::is_looked_up(request.image)) {
                 Error error = answer.refusal->error;
                 error.message +=
                     "; an id is of one region: \"tag:...\" and \"name:...\" are "
                     "looked up in each";
                 return done(error);
               }
               if (choice == Choice::second) return done(answer.refusal->error);
               images_.forget(region, request.image, known);
               find_image(region, request, Choice::second, type, done);
             });
}

void AwsProvider::made(Ec2& region, Result<Instance> instance,
                       const std::function<void(Result<model::Vm>)>& done) {
  if (!instance) return done(instance.error().within("RunInstances"));
  model::Vm& vm = instance->vm;
  if (instance->alive != Alive::yes) {
    return done(fail(Errc::conflict,
                     "the instance of this launch, " + vm.id.str() + ", has been ended already"));
  }
  if (!vm.fleet.empty() && !known_.contains(vm.id)) {
    known_[vm.id] = {&region, loop_.clock().mono()};
  }
  done(std::move(vm));
}

// The configuration changed between two attempts: the first one's server is the one to have.
void AwsProvider::find_made(Ec2& region, const NodeId& node, Error mismatch,
                            std::function<void(Result<model::Vm>)> done) {
  region.ask("DescribeInstances", instances_of_node(node),
             [this, &region, mismatch = std::move(mismatch),
              done = std::move(done)](const Ec2::Answer& answer) {
               if (answer.refusal) return done(fail(Errc::timeout, mismatch.message));
               const auto page = parse_instances(answer.body, options_.address);
               if (!page) return done(page.error().within("DescribeInstances"));
               for (const Instance& instance : page->items) {
                 if (instance.alive == Alive::yes) return made(region, instance, done);
               }
               done(mismatch);
             });
}

void AwsProvider::with_ours(const VmId& vm, Then done, std::function<void(Ec2&, Then)> act) {
  if (!is_instance_id(vm.str())) {
    return answer_later([done = std::move(done), vm] {
      done(fail(Errc::not_found, "\"" + vm.str() + "\" is not the id of an instance"));
    });
  }
  if (const auto known = known_.find(vm); known != known_.end()) {
    return act(*known->second.region, std::move(done));
  }
  find(0, vm, std::move(done), std::move(act));
}

// Asks the regions one after the other: ids do not tell where they are.
void AwsProvider::find(std::size_t region, const VmId& vm, Then done,
                       std::function<void(Ec2&, Then)> act) {
  if (region == regions_.size()) {
    return done(fail(Errc::not_found, "there is no instance " + vm.str()));
  }
  Ec2& where = *regions_[region];
  where.ask(
      "DescribeInstances", one_instance(vm),
      [this, region, &where, vm, done = std::move(done),
       act = std::move(act)](const Ec2::Answer& answer) mutable {
        if (answer.refusal && answer.refusal->error.code != Errc::not_found) {
          return done(answer.refusal->error);
        }
        if (!answer.refusal) {
          const auto page = parse_instances(answer.body, options_.address);
          if (!page) return done(page.error().within("DescribeInstances"));
          for (const Instance& instance : page->items) {
            if (instance.vm.id != vm || instance.alive == Alive::terminated) continue;
            if (!instance.vm.fleet.empty()) return act(where, std::move(done));
            return done(fail(Errc::refused, "instance " + vm.str() + " has no tag " +
                                                std::string(fleet_tag) + ": it is not touched"));
          }
        }
        find(region + 1, vm, std::move(done), std::move(act));
      });
}

void AwsProvider::terminate(Ec2& region, const VmId& vm, Then then) {
  region.ask("TerminateInstances", one_instance(vm),
             [this, vm, then = std::move(then)](const Ec2::Answer& answer) {
               if (answer.refusal) return then(not_yet(vm, answer.refusal->error));
               const auto before = parse_termination(answer.body, vm);
               if (!before) return then(before.error());
               // EC2 ends what has ended as often as it is told to.
               if (*before != Alive::terminated) return then({});
               then(fail(Errc::not_found, "instance " + vm.str() + " had ended before"));
             });
}

Error AwsProvider::not_yet(const VmId& vm, Error error) const {
  const auto known = known_.find(vm);
  if (error.code != Errc::not_found || known == known_.end() || !known->second.made_at) {
    return error;
  }
  if (loop_.clock().mono() > *known->second.made_at + settling) return error;
  return fail(Errc::unavailable, error.message + " (yet: it was made just now)");
}

void AwsProvider::list(std::function<void(Result<std::vector<model::Vm>>)> done) {
  const MonoTime asked = loop_.clock().mono();
  collect<Instance>(
      regions_, "DescribeInstances",
      [this](const std::string& next) { return inventory_page(options_, next); },
      [address = options_.address](std::string_view xml) { return parse_instances(xml, address); },
      [this, alive = std::weak_ptr<int>(alive_), asked,
       done = std::move(done)](Result<std::vector<Instance>> found) {
        if (alive.expired()) return;
        if (!found) return done(found.error());
        std::vector<model::Vm> vms;
        std::map<VmId, Known> known;
        for (Instance& instance : *found) {
          if (instance.alive == Alive::terminated) continue;
          if (!instance.vm.fleet.empty()) {
            if (Ec2* region = region_at(instance.vm.place)) known[instance.vm.id] = {region, {}};
          }
          vms.push_back(std::move(instance.vm));
        }
        // What was made a moment ago may not be shown yet.
        for (const auto& [id, one] : known_) {
          if (one.made_at && *one.made_at + settling > asked) known.try_emplace(id, one);
        }
        known_ = std::move(known);
        done(std::move(vms));
      });
}

}  // namespace

std::unique_ptr<act::Provider> make_aws_provider(Options options, EventLoop& loop,
                                                 std::shared_ptr<CredentialSource> source,
                                                 http::Transport transport) {
  return std::make_unique<AwsProvider>(std::move(options), loop, std::move(source), transport);
}

}  // namespace edgeherd::aws
