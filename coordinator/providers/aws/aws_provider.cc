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
    with_ours(vm, std::move(done), [this, vm](Ec2& region, MonoTime begin_by, Then then) {
      terminate(region, vm, begin_by, std::move(then));
    });
  }
  void reboot(VmId vm, std::function<void(Status)> done) override {
    with_ours(vm, std::move(done), [this, vm](Ec2& region, MonoTime begin_by, Then then) {
      region.ask("RebootInstances", one_instance(vm), begin_by,
                 [this, &region, vm, begin_by, then = std::move(then)](const Ec2::Answer& answer) {
                   if (!answer.refusal) return then(parse_reboot(answer.body));
                   // One that is stopped takes no reboot.
                   if (answer.refusal->code == "IncorrectInstanceState") {
                     return start(region, vm, begin_by, then);
                   }
                   then(not_yet(vm, answer.refusal->error));
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
  using Act = std::function<void(Ec2&, MonoTime begin_by, Then)>;
  // A launch on its way. `begin_by` is of all its requests.
  struct Order {
    Ec2& region;
    act::CreateRequest request;
    std::string type;
    MonoTime begin_by{};
    std::function<void(Result<model::Vm>)> done;
  };
  using OrderPtr = std::shared_ptr<const Order>;

  void answer_later(std::function<void()> answer) {
    loop_.post([alive = std::weak_ptr<int>(alive_), answer = std::move(answer)] {
      if (!alive.expired()) answer();
    });
  }
  Ec2* region_at(const std::string& place);
  [[nodiscard]] bool is_ours(const model::Vm& vm) const {
    return !vm.fleet.empty() && vm.fleet == options_.fleet;
  }
  // `done` with what is wrong, or `act` on an instance that is alive and has this fleet's tag.
  void with_ours(const VmId& vm, Then done, Act act);
  void find(std::size_t region, const VmId& vm, MonoTime begin_by, Then done, Act act);
  // Of an image that is looked up: what was found may be gone by now, and is looked up once more.
  enum class Choice { first, second };
  void find_image(const OrderPtr& order, Choice choice);
  void launch(const OrderPtr& order, const ImageId& image, Choice choice);
  void terminate(Ec2& region, const VmId& vm, MonoTime begin_by, Then then);
  void start(Ec2& region, const VmId& vm, MonoTime begin_by, Then then);
  void made(Ec2& region, Result<Instance> instance,
            const std::function<void(Result<model::Vm>)>& done);
  void find_made(const OrderPtr& order, Error mismatch);
  // Right after its creation EC2 may not know an instance yet: that it is not found then says
  // nothing, least of all that it is gone.
  [[nodiscard]] Error not_yet(const VmId& vm, Error error) const;

  const Options options_;
  EventLoop& loop_;
  std::vector<std::unique_ptr<Ec2>> regions_;
  Images images_{options_, regions_, loop_};
  std::map<VmId, Known> known_;  // instances with this fleet's tag
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
  const MonoTime begin_by = region->begin_by();
  find_image(
      std::make_shared<Order>(Order{*region, std::move(request), type, begin_by, std::move(done)}),
      Choice::first);
}

void AwsProvider::find_image(const OrderPtr& order, Choice choice) {
  images_.find(order->region, order->request.image,
               [this, order, choice](const Result<ImageId>& image) {
                 if (!image) return order->done(image.error());
                 launch(order, *image, choice);
               });
}

void AwsProvider::launch(const OrderPtr& order, const ImageId& image, Choice choice) {
  const MonoTime known = loop_.clock().mono();
  Ec2& region = order->region;
  region.ask("RunInstances",
             run_instances(order->request, image, order->type, region.region(), options_),
             order->begin_by, [this, order, choice, known](const Ec2::Answer& answer) {
               if (!answer.refusal) {
                 return made(order->region, parse_run(answer.body, options_.address), order->done);
               }
               if (answer.refusal->code == "IdempotentParameterMismatch") {
                 return find_made(order, answer.refusal->error);
               }
               if (!answer.refusal->code.starts_with("InvalidAMIID.")) {
                 return order->done(answer.refusal->error);
               }
               if (!images::is_looked_up(order->request.image)) {
                 Error error = answer.refusal->error;
                 error.message +=
                     "; an id is of one region: \"tag:...\" and \"name:...\" are "
                     "looked up in each";
                 return order->done(error);
               }
               if (choice == Choice::second) return order->done(answer.refusal->error);
               images_.forget(order->region, order->request.image, known);
               find_image(order, Choice::second);
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
  if (is_ours(vm) && !known_.contains(vm.id)) {
    known_[vm.id] = {&region, loop_.clock().mono()};
  }
  done(std::move(vm));
}

// The configuration changed between two attempts: the first one's server is the one to have.
void AwsProvider::find_made(const OrderPtr& order, Error mismatch) {
  order->region.ask("DescribeInstances", instances_of_node(order->request.node), order->begin_by,
                    [this, order, mismatch = std::move(mismatch)](const Ec2::Answer& answer) {
                      if (answer.refusal) return order->done(fail(Errc::timeout, mismatch.message));
                      const auto page = parse_instances(answer.body, options_.address);
                      if (!page) return order->done(page.error().within("DescribeInstances"));
                      for (const Instance& instance : page->items) {
                        const bool its = instance.vm.fleet == order->request.fleet;
                        if (its && instance.alive == Alive::yes)
                          return made(order->region, instance, order->done);
                      }
                      order->done(mismatch);
                    });
}

void AwsProvider::with_ours(const VmId& vm, Then done, Act act) {
  if (!is_instance_id(vm.str())) {
    return answer_later([done = std::move(done), vm] {
      done(fail(Errc::not_found, "\"" + vm.str() + "\" is not the id of an instance"));
    });
  }
  if (const auto known = known_.find(vm); known != known_.end()) {
    Ec2& region = *known->second.region;
    return act(region, region.begin_by(), std::move(done));
  }
  find(0, vm, regions_.front()->begin_by(), std::move(done), std::move(act));
}

// Asks the regions one after the other: ids do not tell where they are.
void AwsProvider::find(std::size_t region, const VmId& vm, MonoTime begin_by, Then done, Act act) {
  if (region == regions_.size()) {
    return done(fail(Errc::not_found, "there is no instance " + vm.str()));
  }
  Ec2& where = *regions_[region];
  where.ask(
      "DescribeInstances", one_instance(vm), begin_by,
      [this, region, &where, vm, begin_by, done = std::move(done),
       act = std::move(act)](const Ec2::Answer& answer) mutable {
        if (answer.refusal && answer.refusal->error.code != Errc::not_found) {
          return done(answer.refusal->error);
        }
        if (!answer.refusal) {
          const auto page = parse_instances(answer.body, options_.address);
          if (!page) return done(page.error().within("DescribeInstances"));
          for (const Instance& instance : page->items) {
            if (instance.vm.id != vm || instance.alive == Alive::terminated) continue;
            if (is_ours(instance.vm)) return act(where, begin_by, std::move(done));
            const std::string& fleet = instance.vm.fleet;
            return done(fail(Errc::refused, "instance " + vm.str() + " has " +
                                                (fleet.empty() ? "no tag " : "another's tag ") +
                                                std::string(fleet_tag) + ": it is not touched"));
          }
        }
        find(region + 1, vm, begin_by, std::move(done), std::move(act));
      });
}

void AwsProvider::terminate(Ec2& region, const VmId& vm, MonoTime begin_by, Then then) {
  region.ask("TerminateInstances", one_instance(vm), begin_by,
             [this, vm, then = std::move(then)](const Ec2::Answer& answer) {
               if (answer.refusal) return then(not_yet(vm, answer.refusal->error));
               const auto before = parse_termination(answer.body, vm);
               if (!before) return then(before.error());
               // EC2 ends what has ended as often as it is told to.
               if (*before != Alive::terminated) return then({});
               then(fail(Errc::not_found, "instance " + vm.str() + " had ended before"));
             });
}

void AwsProvider::start(Ec2& region, const VmId& vm, MonoTime begin_by, Then then) {
  region.ask("StartInstances", one_instance(vm), begin_by,
             [this, vm, then = std::move(then)](const Ec2::Answer& answer) {
               if (answer.refusal) return then(not_yet(vm, answer.refusal->error));
               then(parse_start(answer.body, vm));
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
          if (is_ours(instance.vm)) {
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
