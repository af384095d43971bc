#include "agent/metadata/service.h"

#include <utility>

#include "common/aws/instance_metadata.h"
#include "common/core/lifetime.h"

namespace edgeherd::agent::metadata {

namespace {

constexpr Duration patience = 5s;  // the service is on the host: it answers at once, or not at all
constexpr std::size_t longest_document = 64 * 1024;
// The user data as a JSON text may be six times as long as it is, and keys and vendor data come
// too.
constexpr std::size_t longest_droplet = 1024 * 1024;

class Aws final : public Service {
 public:
  Aws(const std::string& endpoint, EventLoop& loop, http::Transport transport)
      : metadata_(aws::InstanceMetadata::make(endpoint, loop, std::move(transport))) {}

  void ask(Done done) override {
    const std::string path = "/latest/dynamic/instance-identity/document";
    metadata_->get(path, longest_document,
                   [this, path, done = std::move(done)](Result<std::string> text) mutable {
                     if (!text) return done(text.error());
                     auto facts = parse_identity_document(*text);
                     if (!facts) return done(facts.error().within(metadata_->endpoint() + path));
                     ask_for_user_data(std::move(*facts), std::move(done));
                   });
  }

 private:
  void ask_for_user_data(Facts facts, Done done) {
    const std::string path = "/latest/user-data";
    Found found{std::move(facts), {}, metadata_->endpoint() + path};
    metadata_->get(path, most_user_data_bytes,
                   [found = std::move(found), done = std::move(done)](Result<std::string> text) {
                     Found all = found;
                     if (text) {
                       all.user_data = std::move(*text);
                     } else if (text.error().code != Errc::not_found) {  // 404: it was given none
                       return done(text.error());
                     }
                     done(std::move(all));
                   });
  }

  // Nothing of it calls back once it is gone, so neither does anything of this object.
  const std::shared_ptr<aws::InstanceMetadata> metadata_;
};

class DigitalOcean final : public Service {
 public:
  DigitalOcean(const std::string& endpoint, http::Transport transport)
      : url_(endpoint + "/metadata/v1.json"), transport_(std::move(transport)) {}

  void ask(Done done) override {
    http::ClientRequest request;
    request.url = url_;
    request.deadline = patience;
    request.answer_limit = longest_droplet;
    transport_(
        std::move(request),
        lifetime_.bind([url = url_, done = std::move(done)](const Result<http::Response>& answer) {
          if (!answer) return done(answer.error());
          if (answer->status != 200) return done(failure(url, answer->status));
          auto found = parse_droplet(answer->body);
          if (!found) return done(found.error().within(url));
          found->user_data_from = url + " (\"user_data\")";
          done(std::move(found));
        }));
  }

 private:
  static Error failure(const std::string& url, int status) {
    std::string why = "it answered " + std::to_string(status);
    if (status >= 300 && status < 400) why += ", a redirect, which is not followed";
    return fail(status >= 500 || status == 429 ? Errc::unavailable : Errc::broken,
                "GET " + url + ": " + why);
  }

  const std::string url_;
  const http::Transport transport_;
  Lifetime lifetime_;
};

}  // namespace

std::unique_ptr<Service> make_service(Cloud cloud, const std::string& endpoint, EventLoop& loop,
                                      http::Transport transport) {
  if (cloud == Cloud::aws) return std::make_unique<Aws>(endpoint, loop, std::move(transport));
  return std::make_unique<DigitalOcean>(endpoint, std::move(transport));
}

}  // namespace edgeherd::agent::metadata
