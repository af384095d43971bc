// Words of agents that decisions rest on, as the wire spells them (docs/protocol.md).
#pragma once

namespace edgeherd::model {

// Commands of the way out of service, and back.
namespace verb {
inline constexpr char drain[] = "drain";
inline constexpr char undrain[] = "undrain";
inline constexpr char close_listener[] = "close_listener";
inline constexpr char flush[] = "flush";
}  // namespace verb

// What an agent says its edge does.
namespace drain_state {
inline constexpr char serving[] = "serving";
inline constexpr char draining[] = "draining";
inline constexpr char closed[] = "closed";
}  // namespace drain_state

}  // namespace edgeherd::model
