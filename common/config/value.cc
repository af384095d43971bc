#include "common/config/value.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <utility>

#include <boost/json/basic_parser_impl.hpp>

#include "common/config/token_positions.h"

namespace edgeherd::config {

namespace {

namespace json = boost::json;
using boost::system::error_code;

std::string where(std::string_view file, Position at) {
  return std::string(file) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
}

// Builds the tree. Each report of the parser belongs to the next of the token positions.
class TreeBuilder {
 public:
  static constexpr std::size_t max_object_size = 100'000;
  static constexpr std::size_t max_array_size = 1'000'000;
  static constexpr std::size_t max_key_size = 1024;
  static constexpr std::size_t max_string_size = 1024 * 1024;

  explicit TreeBuilder(std::vector<Position> positions) : positions_(std::move(positions)) {}

  [[nodiscard]] Value take_root() { return std::move(root_); }
  [[nodiscard]] const std::string& duplicate() const { return duplicate_; }
  [[nodiscard]] Position duplicate_at() const { return duplicate_at_; }

  // What json::basic_parser calls. `false` would need an error code; nothing here fails.
  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return open(Object{}); }
  bool on_object_end(std::size_t, error_code&) { return close(); }
  bool on_array_begin(error_code&) { return open(Array{}); }
  bool on_array_end(std::size_t, error_code&) { return close(); }
  bool on_key_part(json::string_view part, std::size_t, error_code&) { return keep(part); }
  bool on_key(json::string_view part, std::size_t, error_code&) {
    keep(part);
    open_.back().key = std::exchange(text_, {});
    open_.back().key_at = next_position();
    check_duplicate();
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, error_code&) { return keep(part); }
  bool on_string(json::string_view part, std::size_t, error_code&) {
    keep(part);
    return add(Value{next_position(), std::exchange(text_, {})});
  }
  bool on_number_part(json::string_view part, error_code&) { return keep(part); }
  bool on_int64(std::int64_t number, json::string_view, error_code&) {
    text_.clear();
    return add(Value{next_position(), number});
  }
  bool on_uint64(std::uint64_t number, json::string_view, error_code&) {
    text_.clear();
    return add(Value{next_position(), number});
  }
  bool on_double(double number, json::string_view part, error_code&) {
    // Boost.JSON 1.81 rounds some decimals to a neighbour of the nearest double.
    keep(part);
    const std::string text = std::exchange(text_, {});
    std::from_chars(text.data(), text.data() + text.size(), number);
    return add(Value{next_position(), number});
  }
  bool on_bool(bool flag, error_code&) { return add(Value{next_position(), flag}); }
  bool on_null(error_code&) { return add(Value{next_position(), nullptr}); }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

 private:
  struct Open {
    Value value;
    std::string key;  // of the member that comes next, in an object
    Position key_at;
    std::unordered_map<std::string, Position> seen;
  };

  Position next_position() { return next_ < positions_.size() ? positions_[next_++] : Position{}; }

  bool keep(json::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }

  template <class Container>
  bool open(Container empty) {
    open_.push_back(Open{Value{next_position(), std::move(empty)}, {}, {}, {}});
    return true;
  }

  bool close() {
    Value closed = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(closed));
  }

  bool add(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Open& into = open_.back();
    if (auto* array = std::get_if<Array>(&into.value.data)) {
      array->push_back(std::move(value));
    } else {
      std::get<Object>(into.value.data)
          .push_back(Member{std::move(into.key), into.key_at, std::move(value)});
    }
    return true;
  }

  void check_duplicate() {
    Open& object = open_.back();
    const auto [found, is_new] = object.seen.emplace(object.key, object.key_at);
    if (is_new || !duplicate_.empty()) return;
    duplicate_ = "key \"" + object.key + "\" stands here a second time (first in line " +
                 std::to_string(found->second.line) + ")";
    duplicate_at_ = object.key_at;
  }

  std::vector<Position> positions_;
  std::size_t next_ = 0;
  std::vector<Open> open_;
  std::string text_;
  Value root_;
  std::string duplicate_;
  Position duplicate_at_;
};

}  // namespace

std::string_view Value::kind() const {
  switch (data.index()) {
    case 0:
      return "null";
    case 1:
      return "true or false";
    case 5:
      return "a text";
    case 6:
      return "a list";
    case 7:
      return "a section";
    default:
      return "a number";
  }
}

Result<Value> parse_json(std::string_view file, std::string_view text) {
  if (text.size() > max_file_bytes) {
    return fail(Errc::exhausted,
                std::string(file) + ": larger than " + std::to_string(max_file_bytes) + " bytes");
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    return fail(Errc::invalid, where(file, Position{}) +
                                   "the file begins with a byte order mark (BOM): save it as "
                                   "UTF-8 without one");
  }
  json::parse_options options;
  options.max_depth = max_depth;
  Scan scan = scan_json(text);
  json::basic_parser<TreeBuilder> parser(options, std::move(scan.tokens));
  error_code failed;
  const std::size_t used = parser.write_some(false, scan.plain.data(), scan.plain.size(), failed);
  if (failed) {
    // Boost.JSON stops behind the byte that it cannot use when that byte ends a token.
    const Errc code = failed == json::error::too_deep || failed == json::error::object_too_large ||
                              failed == json::error::array_too_large ||
                              failed == json::error::key_too_large ||
                              failed == json::error::string_too_large
                          ? Errc::exhausted
                          : Errc::invalid;
    return fail(code, where(file, position_of(text, used)) + "not valid JSON: " + failed.message());
  }
  if (used < text.size()) {
    return fail(Errc::invalid, where(file, position_of(text, used)) + "text after the end");
  }
  TreeBuilder& tree = parser.handler();
  if (!tree.duplicate().empty()) {
    return fail(Errc::invalid, where(file, tree.duplicate_at()) + tree.duplicate());
  }
  return tree.take_root();
}

const Value* member(const Value& object, std::string_view key) {
  const Object* members = object.object();
  if (members == nullptr) return nullptr;
  const auto found = std::find_if(members->begin(), members->end(),
                                  [&](const Member& one) { return one.key == key; });
  return found == members->end() ? nullptr : &found->value;
}

namespace {

bool same_members(const Object& a, const Value& b) {
  // No key stands twice in an object.
  return a.size() == b.object()->size() && std::all_of(a.begin(), a.end(), [&](const Member& one) {
           const Value* other = member(b, one.key);
           return other != nullptr && same(one.value, *other);
         });
}

}  // namespace

bool same(const Value& a, const Value& b) {
  if (a.data.index() != b.data.index()) return false;
  return std::visit(
      [&]<class T>(const T& left) {
        if constexpr (std::is_same_v<T, Object>) {
          return same_members(left, b);
        } else if constexpr (std::is_same_v<T, Array>) {
          const T& right = std::get<T>(b.data);
          return std::equal(left.begin(), left.end(), right.begin(), right.end(), same);
        } else {
          return left == std::get<T>(b.data);
        }
      },
      a.data);
}

}  // namespace edgeherd::config
