#include "common/net/zap.h"

#include <array>
#include <cerrno>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include <zmq.h>

#include "common/core/token_bucket.h"
#include "common/net/socket.h"

namespace edgeherd::net {

namespace {

constexpr const char* handler_endpoint = "inproc://zeromq.zap.01";
// Addresses whose rate is remembered. When it is full the memory starts afresh: the total still
// bounds.
constexpr std::size_t max_addresses = 4096;
// A request has eight frames; more are read and thrown away.
constexpr std::size_t max_frames = 8;

std::string control_endpoint(const void* handler) {
  return "inproc://edgeherd.zap.stop." + std::to_string(reinterpret_cast<std::uintptr_t>(handler));
}

// One frame, whether more follow it, or nothing on an error (EINTR apart).
std::optional<std::pair<std::string, bool>> receive_frame(void* socket) {
  zmq_msg_t frame;
  zmq_msg_init(&frame);
  int size = -1;
  do {
    size = zmq_msg_recv(&frame, socket, 0);
  } while (size < 0 && zmq_errno() == EINTR);
  if (size < 0) {
    zmq_msg_close(&frame);
    return std::nullopt;
  }
  std::pair<std::string, bool> result(
      std::string(static_cast<const char*>(zmq_msg_data(&frame)), zmq_msg_size(&frame)),
      zmq_msg_more(&frame) != 0);
  zmq_msg_close(&frame);
  return result;
}

bool send_frames(void* socket, const std::vector<std::string>& frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const int flags = i + 1 < frames.size() ? ZMQ_SNDMORE : 0;
    int done = -1;
    do {
      done = zmq_send(socket, frames[i].data(), frames[i].size(), flags);
    } while (done < 0 && zmq_errno() == EINTR);
    if (done < 0) return false;
  }
  return true;
}

}  // namespace

void AdmittedKeys::add(const AgentKey& key) {
  const std::lock_guard lock(mutex_);
  keys_.insert(key);
}

void AdmittedKeys::remove(const AgentKey& key) {
  const std::lock_guard lock(mutex_);
  keys_.erase(key);
}

bool AdmittedKeys::contains(const AgentKey& key) const {
  const std::lock_guard lock(mutex_);
  return keys_.contains(key);
}

std::size_t AdmittedKeys::size() const {
  const std::lock_guard lock(mutex_);
  return keys_.size();
}

// What runs on the handler's thread.
class ZapHandler::Thread {
 public:
  Thread(ZapHandler& handler, const AdmittedKeys& keys, const Clock& clock, EnrollRate rate,
         Socket requests, Socket control)
      : handler_(handler),
        keys_(keys),
        clock_(clock),
        rate_(rate),
        total_(rate.per_second, rate.burst),
        requests_(std::move(requests)),
        control_(std::move(control)) {}

  void run() {
    while (true) {
      std::array<zmq_pollitem_t, 2> items = {
          {{requests_.raw(), 0, ZMQ_POLLIN, 0}, {control_.raw(), 0, ZMQ_POLLIN, 0}}};
      if (zmq_poll(items.data(), items.size(), -1) < 0) {
        if (zmq_errno() == EINTR) continue;
        break;
      }
      if (items[1].revents != 0) break;
      if (items[0].revents != 0 && !serve()) break;
    }
    // From here on libzmq finds no handler and, told to enforce the domain, refuses.
    requests_.close();
    handler_.alive_ = false;
  }

 private:
  bool serve() {
    std::vector<std::string> frames;
    for (bool more = true; more;) {
      auto frame = receive_frame(requests_.raw());
      if (!frame) return false;
      if (frames.size() < max_frames) frames.push_back(std::move(frame->first));
      more = frame->second;
    }
    // RFC 27: version, request id, domain, address, routing id, mechanism, credentials.
    frames.resize(max_frames);
    std::string user;
    const char* refusal = judge(frames, user);
    return send_frames(requests_.raw(), {"1.0", frames[1], refusal == nullptr ? "200" : "400",
                                         refusal == nullptr ? "OK" : refusal, user, ""});
  }

  // Null, and the user's name, when he may come in.
  const char* judge(const std::vector<std::string>& frames, std::string& user) {
    auto& counters = handler_.counters_;
    const std::string& credentials = frames[6];
    if (frames[0] != "1.0" || frames[5] != "CURVE" || credentials.size() != 32) {
      ++counters.refused_other;
      return "CURVE only";
    }
    std::array<char, 41> text{};
    zmq_z85_encode(text.data(), reinterpret_cast<const std::uint8_t*>(credentials.data()),
                   credentials.size());
    AgentKey key{std::string(text.data())};
    if (frames[2] == fleet_domain) {
      if (!keys_.contains(key)) {
        ++counters.refused_key;
        return "not enrolled";
      }
    } else if (frames[2] == enroll_domain) {
      if (!within_rate(frames[3])) {
        ++counters.refused_rate;
        return "too many";
      }
    } else {
      ++counters.refused_other;
      return "no such domain";
    }
    ++counters.admitted;
    user = key.str();
    return nullptr;
  }

  bool within_rate(const std::string& address) {
    const MonoTime now = clock_.mono();
    if (addresses_.size() >= max_addresses && !addresses_.contains(address)) addresses_.clear();
    auto& bucket = addresses_.try_emplace(address, rate_.address_per_second, rate_.address_burst)
                       .first->second;
    return bucket.take(now, 1) && total_.take(now, 1);
  }

  ZapHandler& handler_;
  const AdmittedKeys& keys_;
  const Clock& clock_;
  EnrollRate rate_;
  TokenBucket total_;
  std::unordered_map<std::string, TokenBucket> addresses_;
  Socket requests_;
  Socket control_;
};

Result<std::unique_ptr<ZapHandler>> ZapHandler::start(Context& context, const AdmittedKeys& keys,
                                                      const Clock& clock, EnrollRate rate) {
  std::unique_ptr<ZapHandler> handler(new ZapHandler(context));
  auto requests = Socket::open(context, ZMQ_REP);
  if (!requests.ok()) return requests.error();
  if (auto done = requests->bind(handler_endpoint); !done.ok()) {
    return fail(Errc::conflict, done.error().message);
  }
  auto control = Socket::open(context, ZMQ_PAIR);
  if (!control.ok()) return control.error();
  if (auto done = control->bind(control_endpoint(handler.get())); !done.ok()) return done.error();
  auto work = std::make_unique<Thread>(*handler, keys, clock, rate, std::move(*requests),
                                       std::move(*control));
  handler->alive_ = true;
  // Starting the thread is the fence that libzmq asks for when a socket changes threads.
  handler->thread_ = std::thread([work = std::move(work)] { work->run(); });
  return handler;
}

void ZapHandler::stop() {
  if (!thread_.joinable()) return;
  auto control = Socket::open(context_, ZMQ_PAIR);
  // Without a socket there is no way to reach the thread, and going on would leave it with ours.
  assert(control.ok());
  if (control->connect(control_endpoint(this)).ok()) zmq_send(control->raw(), "", 0, 0);
  thread_.join();
}

ZapHandler::~ZapHandler() {
  stop();
}

}  // namespace edgeherd::net
