// That a simulated account behind a real API is what the account is, within the API's real limits.
#include "coordinator/sim/front/front.h"

#include "common/sim/sim_loop.h"
#include "common/sim/sim_random.h"
#include "tests/support/catch.h"

namespace edgeherd::sim {

namespace {

enum class Api { digitalocean, ec2 };

struct Bench {
  explicit Bench(Api api)
      : place(api == Api::ec2 ? "eu-west-1a" : "lon1"),
        front(api == Api::ec2 ? make_ec2_front(world, cloud, {"eu-west-1", "us-east-1"})
                              : make_digitalocean_front(world, cloud)),
        provider(front->connect(process)) {}

  [[nodiscard]] act::CreateRequest order(const std::string& node) const {
    act::CreateRequest order;
    order.node = NodeId(node);
    order.fleet = "simulated";
    order.zone = ZoneId("account/" + place);
    order.place = place;
    order.image = ImageId("image-1");
    order.size = "small";
    order.user_data = "user data";
    return order;
  }

  template <class T, class Call>
  Result<T> wait(Call call, Duration limit = 2min) {
    std::optional<Result<T>> answer;
    call([&](Result<T> result) { answer = std::move(result); });
    (void)world.run_until([&] { return answer.has_value(); }, limit);
    return answer ? std::move(*answer) : Result<T>(fail(Errc::timeout, "no answer at all"));
  }
  Result<model::Vm> create(const act::CreateRequest& order) {
    return wait<model::Vm>([&](auto done) { provider->create(order, done); });
  }
  Result<model::Vm> create(const std::string& node) { return create(order(node)); }
  // Elsewhere, or of another size.
  Result<model::Vm> create(const std::string& node, const std::string& where,
                           const std::string& size) {
    act::CreateRequest changed = order(node);
    changed.place = where;
    changed.size = size;
    return create(changed);
  }
  Result<std::vector<model::Vm>> list() {
    return wait<std::vector<model::Vm>>([&](auto done) { provider->list(done); });
  }
  Status destroy(const VmId& vm) {
    std::optional<Status> answer;
    provider->destroy(vm, [&](const Status& status) { answer = status; });
    (void)world.run_until([&] { return answer.has_value(); }, 2min);
    return answer.value_or(fail(Errc::timeout, "no answer at all"));
  }

  Status reboot(const VmId& vm) {
    std::optional<Status> answer;
    provider->reboot(vm, [&](const Status& status) { answer = status; });
    (void)world.run_until([&] { return answer.has_value(); }, 2min);
    return answer.value_or(fail(Errc::timeout, "no answer at all"));
  }

  std::string place;
  SimLoop world;
  SimRandom random{1};
  SimProvider cloud{world, random.fork(), "account"};
  SimProcessLoop process{world};
  std::unique_ptr<Front> front;
  std::unique_ptr<act::Provider> provider;
};

}  // namespace

TEST_CASE("what the program's provider sees through a real API is what the account has") {
  const Api api = GENERATE(Api::digitalocean, Api::ec2);
  Bench b(api);
  const auto made = b.create("lon1-a");
  REQUIRE(made.ok());
  REQUIRE(b.cloud.servers().contains(made->id));
  CHECK(b.cloud.servers().at(made->id).user_data == "user data");
  const auto listed = b.list();
  REQUIRE(listed.ok());
  REQUIRE(listed->size() == 1);
  const model::Vm& vm = listed->front();
  CHECK(vm.id == made->id);
  CHECK(vm.node == NodeId("lon1-a"));
  CHECK(vm.fleet == "simulated");
  CHECK(vm.place == b.place);
  CHECK(vm.image == ImageId("image-1"));
  CHECK(vm.address == b.cloud.servers().at(made->id).vm.address);
  CHECK(b.destroy(vm.id).ok());
  CHECK(b.cloud.servers().empty());
  // EC2 shuts it down for a while, and ends it as often as it is told to.
  CHECK(b.list()->size() == (api == Api::ec2 ? 1 : 0));
  if (api == Api::ec2) CHECK(b.destroy(vm.id).ok());
  b.world.run_for(2min);
  CHECK(b.list()->empty());
  const Status again = b.destroy(vm.id);
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Errc::not_found);
}

TEST_CASE("a server that is off runs after a reboot through a real API") {
  Bench b(GENERATE(Api::digitalocean, Api::ec2));
  const auto made = b.create("lon1-a");
  REQUIRE(made.ok());
  CHECK(b.reboot(made->id).ok());
  b.cloud.set_power(made->id, model::Power::stopped);
  CHECK(b.list()->front().power == model::Power::stopped);
  CHECK(b.reboot(made->id).ok());
  CHECK(b.list()->front().power == model::Power::running);
}

TEST_CASE("a list of more servers than a page holds is whole") {
  Bench b(GENERATE(Api::digitalocean, Api::ec2));
  for (int i = 0; i < 450; ++i) {
    model::Vm vm;
    vm.fleet = "simulated";
    vm.node = NodeId("n" + std::to_string(i));
    vm.place = b.place;
    (void)b.cloud.add(vm);
  }
  const auto listed = b.list();
  REQUIRE(listed.ok());
  CHECK(listed->size() == 450);
}

TEST_CASE("a launch whose answer is lost makes one server all the same") {
  Bench b(GENERATE(Api::digitalocean, Api::ec2));
  b.cloud.weather().lose_answer = 1;
  (void)b.create("lon1-a");
  b.cloud.weather().lose_answer = 0;
  const auto again = b.create("lon1-a");
  CHECK(b.cloud.servers().size() == 1);
  REQUIRE(again.ok());
  CHECK(b.cloud.servers().contains(again->id));
}

TEST_CASE("want of stock, a broken list and trouble are told in the API's own way") {
  Bench b(GENERATE(Api::digitalocean, Api::ec2));
  b.cloud.weather().out_of_stock = {b.place};
  CHECK(b.create("lon1-a").error().code == Errc::out_of_stock);
  b.cloud.weather().out_of_stock.clear();
  b.cloud.weather().refuse_create = 1;
  CHECK_FALSE(b.create("lon1-b").ok());
  CHECK(b.cloud.servers().empty());
  b.cloud.weather().fail_list = 1;
  CHECK_FALSE(b.list().ok());
}

TEST_CASE("each order travels with its own size and place, and these are what is made") {
  Bench b(GENERATE(Api::digitalocean, Api::ec2));
  const std::string other = b.place == "lon1" ? "ams3" : "us-east-1b";
  for (const auto& [node, place, size] :
       {std::tuple("n1", b.place, "small"), std::tuple("n2", b.place, "small-2"),
        std::tuple("n3", other, "small"), std::tuple("n4", other, "c-16.large")}) {
    const auto made = b.create(node, place, size);
    REQUIRE(made.ok());
    const SimProvider::Server& server = b.cloud.servers().at(made->id);
    CHECK(server.vm.node == NodeId(node));
    CHECK(server.vm.place == place);
    CHECK(server.size == size);
  }
  CHECK(b.list()->size() == 4);
  CHECK(b.create("n5", b.place, "").error().code == Errc::invalid);  // there is no size to fall to
  CHECK(b.cloud.servers().size() == 4);
}

TEST_CASE("want of one size in one place is want of nothing else") {
  Bench b(GENERATE(Api::digitalocean, Api::ec2));
  const std::string other = b.place == "lon1" ? "ams3" : "us-east-1b";
  b.cloud.weather().out_of_stock = {b.place + "/small"};
  CHECK(b.create("n1", b.place, "small").error().code == Errc::out_of_stock);
  CHECK(b.cloud.sold_out() == std::set<NodeId>{NodeId("n1")});
  CHECK(b.create("n2", b.place, "small-2").ok());
  CHECK(b.create("n3", other, "small").ok());
  b.cloud.weather().out_of_stock = {b.place};
  CHECK(b.create("n4", b.place, "small-2").error().code == Errc::out_of_stock);
  CHECK(b.create("n5", other, "small-2").ok());
  b.cloud.weather().out_of_stock.clear();
  CHECK(b.create("n6", b.place, "small").ok());  // and it ends
  CHECK(b.cloud.servers().size() == 4);
}

TEST_CASE(
    "one coordinator stays within Digital Ocean's limits; several that know nothing of each "
    "other are refused") {
  Bench b(Api::digitalocean);
  const auto storm = [&](act::Provider& provider) {
    for (int i = 0; i < 240; ++i) provider.list([](const auto&) {});
  };
  storm(*b.provider);
  b.world.run_for(90s);
  CHECK(b.front->meter().refused() == 0);
  CHECK(b.front->meter().most_in_minute() <= 250);
  const auto second = b.front->connect(b.process);
  b.world.run_for(1min);
  storm(*b.provider);
  storm(*second);
  b.world.run_for(20s);
  CHECK(b.front->meter().refused() > 0);
  CHECK(b.front->meter().most_in_minute() > 250);
}

TEST_CASE(
    "EC2's bucket for an action is its own in each region, and what finds it empty is refused") {
  Bench b(Api::ec2);
  std::vector<std::unique_ptr<act::Provider>> others;
  const auto lists_by = [&](std::size_t many) {
    while (others.size() < many) others.push_back(b.front->connect(b.process));
    int refused = 0;
    for (const auto& one : others) {
      for (int i = 0; i < 60; ++i) {
        one->list([&](const auto& listed) { refused += listed.ok() ? 0 : 1; });
      }
    }
    b.world.run_for(20s);
    return refused;
  };
  CHECK(lists_by(1) == 0);  // sixty in each of the two regions
  CHECK(b.front->meter().refused() == 0);
  CHECK(b.front->meter().requests() == 120);
  CHECK(lists_by(3) > 0);  // a hundred and eighty, and a bucket holds a hundred
  CHECK(b.front->meter().refused() > 0);
}

TEST_CASE("what neither API knows is told as such, and not taken for a list") {
  Bench b(GENERATE(Api::digitalocean, Api::ec2));
  const auto images = b.wait<std::vector<act::Image>>([&](auto done) { b.provider->images(done); });
  REQUIRE_FALSE(images.ok());
  CHECK(images.error().code != Errc::timeout);
}

TEST_CASE("a meter counts what came within the last minute and the last hour") {
  Meter meter;
  for (int i = 0; i < 10; ++i) meter.count(MonoTime(i * 20s));
  CHECK(meter.last_minute() == 3);
  CHECK(meter.last_hour() == 10);
  meter.count(MonoTime(1h + 10s));
  CHECK(meter.last_minute() == 1);
  CHECK(meter.last_hour() == 10);  // the first is forgotten
  CHECK(meter.requests() == 11);
  CHECK(meter.most_in_minute() == 3);
}

}  // namespace edgeherd::sim
