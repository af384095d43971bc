// Fields of one JSON object, by key; the first thing that is wrong is kept. Inside this room only.
//
// Thread: any; the object outlives it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "common/core/clock.h"
#include "common/core/result.h"

namespace edgeherd::digitalocean {

class Fields {
 public:
  // `path` is how errors call the object: "droplets[3]"; empty for the whole answer.
  Fields(const boost::json::object& object, std::string path);

  [[nodiscard]] std::string text(std::string_view key);
  // Empty when it is absent or null.
  [[nodiscard]] std::string optional_text(std::string_view key);
  // False when it is absent or null.
  [[nodiscard]] bool optional_flag(std::string_view key);
  [[nodiscard]] std::uint64_t count(std::string_view key);
  [[nodiscard]] WallTime moment(std::string_view key);
  // Null when it is wrong; the second form also when it is absent or null, which is no error.
  [[nodiscard]] const boost::json::array* list(std::string_view key);
  [[nodiscard]] const boost::json::array* optional_list(std::string_view key);
  [[nodiscard]] const boost::json::object* object(std::string_view key);
  [[nodiscard]] const boost::json::object* optional_object(std::string_view key);

  void wrong(std::string_view key, const std::string& what);
  [[nodiscard]] Status status() const { return wrong_ ? Status(*wrong_) : Status(); }
  [[nodiscard]] std::string path_of(std::string_view key) const;

 private:
  // Null when it is absent or null.
  [[nodiscard]] const boost::json::value* find(std::string_view key) const;

  const boost::json::object& object_;
  std::string path_;
  std::optional<Error> wrong_;
};

}  // namespace edgeherd::digitalocean
