// Fields of the API's documents. What is absent or null is nothing; what is of another type is a
// broken answer and throws Failed. Texts come without control characters: they may stem from a
// server, and a terminal obeys them. Private to coordinator/cli. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace edgeherd::cli {

[[nodiscard]] std::string text(const boost::json::object& from, std::string_view key);
[[nodiscard]] std::optional<double> number(const boost::json::object& from, std::string_view key);
[[nodiscard]] std::optional<std::int64_t> count(const boost::json::object& from,
                                                std::string_view key);
[[nodiscard]] bool flag(const boost::json::object& from, std::string_view key);

// These must be there.
[[nodiscard]] std::vector<std::string> texts(const boost::json::object& from, std::string_view key);
[[nodiscard]] const boost::json::array& list(const boost::json::object& from, std::string_view key);
[[nodiscard]] const boost::json::object& part(const boost::json::object& from,
                                              std::string_view key);
// One entry of a list.
[[nodiscard]] const boost::json::object& entry(const boost::json::value& value);

// Control characters become spaces, bytes that are no text '?'.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace edgeherd::cli
