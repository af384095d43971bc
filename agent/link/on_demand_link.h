// A DealerLink that is opened by its first message and, if asked to, closed after a pause.
// Thread: the loop's.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "common/core/message_link.h"
#include "common/net/dealer_link.h"
#include "common/os/asio_loop.h"

namespace edgeherd::link {

class OnDemandLink final : public MessageLink {
 public:
  enum class Stay { for_ever, while_used };
  static constexpr Duration pause = 60s;  // then `while_used` ends

  OnDemandLink(net::Context& context, os::AsioLoop& loop, Random& random,
               net::DealerOptions options, Stay stay);
  ~OnDemandLink() override;

  // The first one opens the link, and is `unavailable`: `connected` says when to speak.
  Status send(std::string_view message) override;
  void hurry() override;
  void on_message(std::function<void(std::string_view)> handler) override;
  void on_connected(std::function<void()> handler) { connected_ = std::move(handler); }

 private:
  Status open();
  void used();

  net::Context& context_;
  os::AsioLoop& loop_;
  Random& random_;
  net::DealerOptions options_;
  Stay stay_;
  std::unique_ptr<net::DealerLink> link_;
  std::function<void(std::string_view)> handler_;
  std::function<void()> connected_;
  TimerId timer_ = TimerId::none;
};

}  // namespace edgeherd::link
