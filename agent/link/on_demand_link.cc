#include "agent/link/on_demand_link.h"

namespace edgeherd::link {

OnDemandLink::OnDemandLink(net::Context& context, os::AsioLoop& loop, Random& random,
                           net::DealerOptions options, Stay stay)
    : context_(context), loop_(loop), random_(random), options_(std::move(options)), stay_(stay) {}

OnDemandLink::~OnDemandLink() {
  loop_.cancel(timer_);
}

Status OnDemandLink::send(std::string_view message) {
  used();
  if (!link_) {
    if (auto opened = open(); !opened) return opened;
  }
  return link_->send(message);
}

void OnDemandLink::on_message(std::function<void(std::string_view)> handler) {
  handler_ = std::move(handler);
}

void OnDemandLink::hurry() {
  if (link_ && !link_->connected()) (void)open();
}

Status OnDemandLink::open() {
  auto link = net::DealerLink::open(context_, loop_, random_, options_);
  if (!link) return link.error();
  link_ = std::move(*link);
  link_->on_message([this](std::string_view bytes) {
    if (handler_) handler_(bytes);
  });
  link_->on_event([this](net::LinkEvent event) {
    if (event == net::LinkEvent::connected && connected_) connected_();
  });
  return {};
}

void OnDemandLink::used() {
  if (stay_ == Stay::for_ever) return;
  loop_.cancel(timer_);
  timer_ = loop_.after(pause, [this] { link_.reset(); });
}

}  // namespace edgeherd::link
