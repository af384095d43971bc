// Any bytes as a request of the ZAP handler, a frame a line: whatever it holds, the answer has the
// six frames of RFC 27 and the request's id, it lets in who is known and names him, and the handler
// lives on.
#include <zmq.h>

#include "common/net/socket.h"
#include "common/net/zap.h"
#include "common/sim/sim_loop.h"
#include "tests/fuzz/input.h"

using namespace edgeherd;
using fuzz::require;

namespace {

constexpr std::string_view known = "0123456789abcdefghijklmnopqrstuv";  // a key, raw
constexpr std::size_t most_frames = 20;

std::string z85(std::string_view key) {
  char text[41];
  require(zmq_z85_encode(text, reinterpret_cast<const std::uint8_t*>(key.data()), key.size()) !=
          nullptr);
  return text;
}

// One handler with its thread, and a libzmq that asks it.
struct Rig {
  Rig() {
    keys.add(AgentKey(z85(known)));
    require(peer.connect("inproc://zeromq.zap.01").ok());
  }
  std::vector<std::string> ask(const std::vector<std::string_view>& frames) const {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const int more = i + 1 < frames.size() ? ZMQ_SNDMORE : 0;
      require(zmq_send(peer.raw(), frames[i].data(), frames[i].size(), more) >= 0);
    }
    std::vector<std::string> answer;
    do {
      zmq_msg_t frame;
      require(zmq_msg_init(&frame) == 0 && zmq_msg_recv(&frame, peer.raw(), 0) >= 0);
      answer.emplace_back(static_cast<const char*>(zmq_msg_data(&frame)), zmq_msg_size(&frame));
      zmq_msg_close(&frame);
    } while (peer.get_int(ZMQ_RCVMORE) != 0);
    return answer;
  }

  sim::SimLoop loop;
  net::AdmittedKeys keys;
  std::unique_ptr<net::Context> context = *net::Context::make(1);
  std::unique_ptr<net::ZapHandler> handler =
      *net::ZapHandler::start(*context, keys, loop.clock(), net::EnrollRate{});
  net::Socket peer = *net::Socket::open(*context, ZMQ_REQ);
};

std::uint64_t judged(const net::ZapCounters& counters) {
  return counters.admitted + counters.refused_key + counters.refused_rate + counters.refused_other;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Rig rig;
  auto frames = fuzz::parts_of(fuzz::text_of(data, size), '\n');
  if (frames.size() > most_frames) frames.resize(most_frames);
  const std::uint64_t before = judged(rig.handler->counters());
  const auto answer = rig.ask(frames);
  require(rig.handler->alive() && judged(rig.handler->counters()) == before + 1);
  frames.resize(most_frames);
  require(answer.size() == 6 && answer[0] == "1.0" && answer[1] == frames[1] && answer[5].empty());
  const bool in = answer[2] == "200";
  require(in || answer[2] == "400");
  require((answer[3] == "OK") == in && answer[4].empty() != in);
  const std::string_view key = frames[6];
  const bool whole = frames[0] == "1.0" && frames[5] == "CURVE" && key.size() == known.size();
  const bool fleet = whole && frames[2] == net::fleet_domain;
  if (fleet) require(in == (key == known));
  if (in) require((fleet || (whole && frames[2] == net::enroll_domain)) && answer[4] == z85(key));
  return 0;
}
