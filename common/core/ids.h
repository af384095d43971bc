// Strong string identifiers: a NodeId cannot be passed where a ZoneId is wanted.
#pragma once

#include <compare>
#include <functional>
#include <ostream>
#include <string>
#include <utility>

#include "common/core/short_text.h"

namespace edgeherd {

template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

  friend bool operator==(const Id& a, const Id& b) { return same_text(a.text_, b.text_); }
  friend std::strong_ordering operator<=>(const Id& a, const Id& b) {
    return text_order(a.text_, b.text_);
  }
  friend std::ostream& operator<<(std::ostream& out, const Id& id) { return out << id.text_; }

 private:
  std::string text_;
};

// The provider account's name: the stem of its configuration file ("digitalocean").
using ProviderId = Id<struct ProviderTag>;
using RegionId = Id<struct RegionTag>;
// A zone's full name, "<provider>/<zone>" ("digitalocean/lon1"): unique in the fleet.
using ZoneId = Id<struct ZoneTag>;
// Our name for a server: the id of the launch intent that asked for it, or, for an adopted
// server, "<provider>-<vm id>". Never reused.
using NodeId = Id<struct NodeTag>;
// The provider's name for a server.
using VmId = Id<struct VmTag>;
// A journalled intention to change something outside.
using IntentId = Id<struct IntentTag>;
// One command to one agent; remembered by the agent, so that it never runs twice.
using ActionId = Id<struct ActionTag>;
// An agent's CURVE public key, Z85 text of 40 characters: the identity of a peer.
using AgentKey = Id<struct AgentKeyTag>;
// The id of an image version as the configuration and the provider spell it.
using ImageId = Id<struct ImageTag>;

}  // namespace edgeherd

template <class Tag>
struct std::hash<edgeherd::Id<Tag>> {
  std::size_t operator()(const edgeherd::Id<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};
