#include "common/core/result.h"

#include <utility>

#include "common/core/text.h"

namespace edgeherd {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::invalid:
      return "invalid";
    case Errc::not_found:
      return "not_found";
    case Errc::conflict:
      return "conflict";
    case Errc::refused:
      return "refused";
    case Errc::throttled:
      return "throttled";
    case Errc::out_of_stock:
      return "out_of_stock";
    case Errc::unavailable:
      return "unavailable";
    case Errc::timeout:
      return "timeout";
    case Errc::broken:
      return "broken";
    case Errc::exhausted:
      return "exhausted";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

bool surely_not_done(Errc code) {
  return code == Errc::invalid || code == Errc::refused || code == Errc::out_of_stock ||
         code == Errc::not_found || code == Errc::conflict || code == Errc::throttled;
}

Error Error::within(std::string_view context) const {
  return fail(code, std::string(context) + ": " + message);
}

std::string to_string(const Error& error) {
  return std::string(to_string(error.code)) + ": " + error.message;
}

Error fail(Errc code, std::string message) {
  return Error{code, readable(std::move(message))};
}

}  // namespace edgeherd
