// The coordinator's receiving side, side by side with a bare libzmq ROUTER.
//
// gateway_bench MODE AGENTS SECONDS prints one line of figures, tab-separated:
//   mode agents connect_s paced_cpu_us flat_msg_s flat_cpu_us flat_thread_us kb_per_agent tick_ms
// MODE is `gateway` or `bare` (gateway_receiver.h). The receiver is a process of its own, and so
// are the agents; CPU is the receiver's, by the scheduler's clock. gateway.sh alternates the modes
// and prints medians.
//
// Paced: every agent says a sample a second, evenly spread, as a fleet does.
// Flat out: how fast the receiver takes what lies ready for it. On one machine agents that flood
// while it receives would cost more CPU than it does, and the figure would be the scheduler's
// division of the cores. So the receiver is stopped (SIGSTOP) while every agent writes the same
// number of samples, encrypted, into its connection; then the agents are stopped, the receiver goes
// on with the cores for itself, and the time runs from there to the last sample. The median of
// `rounds`. flat_thread_us is the CPU per message of its busiest thread: what bounds the rate when
// every thread has a core.
// Memory: the growth of the proportional set size from before the agents connect to the end of the
// paced part.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/net/descriptor_limit.h"
#include "common/os/real.h"
#include "tests/bench/gateway_load.h"
#include "tests/bench/gateway_receiver.h"
#include "tests/bench/gateway_usage.h"

namespace edgeherd::bench {
namespace {

constexpr int rounds = 7;
constexpr std::size_t messages_a_round = 300'000;

std::size_t messages_each(std::size_t agents) {
  return std::clamp<std::size_t>(messages_a_round / agents, 10, 200);
}

MonoTime mono() {
  return os::RealClock().mono();
}

void write_line(int to, const std::string& line) {
  if (::write(to, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
}

// Empty when the other end has closed.
std::string read_line(int from) {
  std::string line;
  for (char c = 0; ::read(from, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

// The receiver's process: it asks the conductor for load by lines, and measures.
class Subject {
 public:
  Subject(std::unique_ptr<Receiver> receiver, std::size_t agents, int conductor)
      : receiver_(std::move(receiver)), agents_(agents), conductor_(conductor) {}

  void measure(const std::string& mode, Duration time) {
    const double memory = pss_kb();
    const double connect_s = connect();
    const double paced_us = paced(time);
    const double grown = pss_kb() - memory;
    const double tick_ms = receiver_->slowest_tick_ms();
    write_line(conductor_, "quiet\n");
    run_for(500ms);
    std::vector<double> rates;
    CpuSpent cpu;
    for (int i = 0; i < rounds; ++i) rates.push_back(flat_out(cpu));
    std::nth_element(rates.begin(), rates.begin() + rounds / 2, rates.end());
    const double all = static_cast<double>(rounds * messages_each(agents_) * agents_);
    std::printf("%s\t%zu\t%.2f\t%.2f\t%.0f\t%.2f\t%.2f\t%.1f\t%.2f\n", mode.c_str(), agents_,
                connect_s, paced_us, rates[rounds / 2], cpu.all_s * 1e6 / all,
                cpu.busiest_s * 1e6 / all, grown / static_cast<double>(agents_), tick_ms);
  }

 private:
  // Seconds until everybody's HELLO was there.
  double connect() {
    const MonoTime began = mono();
    write_line(conductor_, "connect " + receiver_->endpoint() + "\n");
    receive(agents_, began + 2min, 10ms);
    return seconds(mono() - began);
  }

  // CPU us a message.
  double paced(Duration time) {
    write_line(conductor_, "paced\n");
    run_for(3s);
    const auto before = thread_times();
    const std::uint64_t messages = receiver_->messages();
    run_for(time);
    return spent(before, thread_times()).all_s * 1e6 /
           static_cast<double>(receiver_->messages() - messages);
  }

  // Messages a second; what it took is added to `cpu`.
  double flat_out(CpuSpent& cpu) {
    const std::uint64_t count = messages_each(agents_) * agents_;
    const auto before = thread_times();
    write_line(conductor_, "say " + std::to_string(messages_each(agents_)) + "\n");
    // We are stopped meanwhile.
    const MonoTime began{Duration{std::stoll(read_line(conductor_))}};
    receive(receiver_->messages() + count, began + 1min, 1ms);
    const MonoTime ended = mono();
    const auto used = spent(before, thread_times());
    cpu.all_s += used.all_s;
    cpu.busiest_s += used.busiest_s;
    return static_cast<double>(count) / seconds(ended - began);
  }

  void receive(std::uint64_t until, MonoTime limit, Duration period) {
    receiver_->run([&] { return receiver_->messages() >= until || mono() > limit; }, period);
    if (receiver_->messages() < until) check(fail(Errc::timeout, "messages did not come"));
  }
  void run_for(Duration time) {
    const MonoTime end = mono() + time;
    receiver_->run([&] { return mono() >= end; }, 10ms);
  }

  std::unique_ptr<Receiver> receiver_;
  std::size_t agents_;
  int conductor_;
};

// Gives the subject the load that it asks for, until it ends.
void conduct(LoadProcesses& load, const std::string& server_key, int subject, int pid) {
  for (std::string line = read_line(subject); !line.empty(); line = read_line(subject)) {
    std::istringstream words(line);
    std::string verb;
    std::string argument;
    words >> verb >> argument;
    if (verb == "connect") load.connect(argument, server_key);
    if (verb == "paced") load.paced();
    if (verb == "quiet") load.quiet();
    if (verb == "say") {
      ::kill(pid, SIGSTOP);
      ::waitpid(pid, nullptr, WUNTRACED);
      load.thaw();
      load.say(std::stoi(argument));
      load.freeze();
      write_line(subject, std::to_string(mono().time_since_epoch().count()) + "\n");
      ::kill(pid, SIGCONT);
    }
  }
}

int run(const std::string& mode, std::size_t count, Duration time) {
  const auto server = take(net::make_key_pair());
  std::vector<net::CurveKeyPair> agents;
  for (std::size_t i = 0; i < count; ++i) agents.push_back(take(net::make_key_pair()));
  LoadProcesses load(agents, 4);
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
  const int pid = ::fork();
  if (pid == 0) {
    ::close(ends[0]);
    check(net::ensure_descriptors(count + 512));
    Subject subject(mode == "gateway" ? make_gateway_receiver(server, agents)
                                      : make_bare_receiver(server, agents),
                    count, ends[1]);
    subject.measure(mode, time);
    std::fflush(stdout);
    ::_exit(0);
  }
  ::close(ends[1]);
  conduct(load, server.public_key, ends[0], pid);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status == 0 ? 0 : 1;
}

}  // namespace
}  // namespace edgeherd::bench

int main(int argc, char** argv) {
  const std::string mode = argc == 4 ? argv[1] : "";
  const int agents = argc == 4 ? std::atoi(argv[2]) : 0;
  const int seconds = argc == 4 ? std::atoi(argv[3]) : 0;
  if ((mode != "gateway" && mode != "bare") || agents <= 0 || seconds <= 0) {
    std::fprintf(stderr, "usage: gateway_bench gateway|bare AGENTS SECONDS\n");
    return 2;
  }
  return edgeherd::bench::run(mode, static_cast<std::size_t>(agents),
                              std::chrono::seconds(seconds));
}
