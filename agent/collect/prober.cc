#include "agent/collect/prober.h"

#include <utility>

namespace edgeherd::agent {

void HttpProber::send(std::string url, Duration deadline, http::Client::Done done) {
  http::ClientRequest request;
  request.url = std::move(url);
  request.headers = {{"User-Agent", "edgeherd-agent/" EDGEHERD_VERSION}};
  request.deadline = deadline;
  request.answer_limit = answer_limit;
  client_.send(std::move(request), std::move(done));
}

}  // namespace edgeherd::agent
