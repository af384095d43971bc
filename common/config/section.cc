#include "common/config/section.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "common/config/suggest.h"
#include "common/config/units.h"

namespace edgeherd::config {

namespace {

std::string quoted(std::string_view key) {
  return "\"" + std::string(key) + "\"";
}

std::optional<double> as_double(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value.data)) {
    return static_cast<double>(*number);
  }
  if (const auto* number = std::get_if<std::uint64_t>(&value.data)) {
    return static_cast<double>(*number);
  }
  if (const auto* number = std::get_if<double>(&value.data)) return *number;
  return std::nullopt;
}

// The shortest text that reads back as the same number.
std::string shortest(double number) {
  std::array<char, 40> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

// It would end a line of a request, a zone or a log.
constexpr std::string_view one_line = "must be one line, without control characters";
bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

template <class Number>
std::string show(Number number) {
  if constexpr (std::is_same_v<Number, double>)
    return shortest(number);
  else if constexpr (std::is_same_v<Number, Duration>)
    return format_duration(number);
  else
    return std::to_string(number);
}

template <class Number>
std::string outside(std::string_view key, Number min, Number max) {
  return quoted(key) + " must be between " + show(min) + " and " + show(max);
}

}  // namespace

Section::Section(const Value& value, Problems& problems)
    : object_(value.object()), at_(value.at), problems_(&problems) {
  if (object_ == nullptr) {
    problems.add(value.at, "a section in braces is wanted here, not " + std::string(value.kind()));
  }
}

const Member* Section::member(std::string_view key) const {
  if (object_ == nullptr) return nullptr;
  for (const Member& found : *object_) {
    if (found.key == key) return &found;
  }
  return nullptr;
}

const Value* Section::raw(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  const Member* found = member(key);
  return found == nullptr ? nullptr : &found->value;
}

const Value* Section::find(std::string_view key, Need need) {
  const Value* value = raw(key);
  if (value == nullptr && need == Need::required && object_ != nullptr) {
    problems_->add(at_, "key " + quoted(key) + " is missing");
  }
  return value;
}

void Section::wrong_kind(std::string_view key, const Value& value, std::string_view wanted) {
  problems_->add(value.at, quoted(key) + " must be " + std::string(wanted) + ", not " +
                               std::string(value.kind()));
}

void Section::text(std::string_view key, std::string& into, Need need, Lines lines) {
  const Value* value = find(key, need);
  if (value == nullptr) return;
  const std::string* found = value->text();
  if (found == nullptr) return wrong_kind(key, *value, "a text");
  if (lines == Lines::one && has_control(*found)) return problem(key, std::string(one_line));
  into = *found;
}

void Section::flag(std::string_view key, bool& into, Need need) {
  const Value* value = find(key, need);
  if (value == nullptr) return;
  if (const bool* found = std::get_if<bool>(&value->data))
    into = *found;
  else
    wrong_kind(key, *value, "true or false");
}

void Section::integer(std::string_view key, std::int64_t& into, std::int64_t min, std::int64_t max,
                      Need need) {
  const Value* value = find(key, need);
  if (value == nullptr) return;
  const auto number = as_double(*value);
  if (!number) return wrong_kind(key, *value, "a whole number");
  if (*number != std::floor(*number)) {
    problems_->add(value->at, quoted(key) + " must be a whole number");
    return;
  }
  // "1e3" is a whole number, too; only an int64 is compared exactly.
  const auto* whole = std::get_if<std::int64_t>(&value->data);
  const bool within = whole != nullptr ? *whole >= min && *whole <= max
                                       : *number >= static_cast<double>(min) && *number < 9e18 &&
                                             *number <= static_cast<double>(max);
  if (!within)
    problems_->add(value->at, outside(key, min, max));
  else
    into = whole != nullptr ? *whole : static_cast<std::int64_t>(*number);
}

void Section::number(std::string_view key, double& into, double min, double max, Need need) {
  const Value* value = find(key, need);
  if (value == nullptr) return;
  const auto found = as_double(*value);
  if (!found)
    wrong_kind(key, *value, "a number");
  else if (!(*found >= min && *found <= max))
    problems_->add(value->at, outside(key, min, max));
  else
    into = *found;
}

void Section::duration(std::string_view key, Duration& into, Duration min, Duration max,
                       Need need) {
  const Value* value = find(key, need);
  if (value == nullptr) return;
  Result<Duration> found = Duration{0};
  if (const std::string* written = value->text()) {
    found = parse_duration(*written);
  } else if (const auto plain = as_double(*value)) {
    // A number goes through the same reader, and so under the same limits.
    found = *plain >= 0 && *plain < 9e9 ? Result<Duration>(from_seconds(*plain))
                                        : Result<Duration>(fail(Errc::invalid, "is out of range"));
  } else {
    return wrong_kind(key, *value, "a duration such as \"30s\"");
  }
  if (!found)
    problems_->add(value->at, quoted(key) + ": " + found.error().message);
  else if (*found < min || *found > max)
    problems_->add(value->at, outside(key, min, max));
  else
    into = *found;
}

void Section::bytes(std::string_view key, std::uint64_t& into, std::uint64_t min, std::uint64_t max,
                    Need need) {
  const Value* value = find(key, need);
  if (value == nullptr) return;
  Result<std::uint64_t> found = std::uint64_t{0};
  if (const std::string* written = value->text()) {
    found = parse_bytes(*written);
  } else if (const auto* whole = std::get_if<std::int64_t>(&value->data);
             whole != nullptr && *whole >= 0) {
    found = static_cast<std::uint64_t>(*whole);
  } else {
    return wrong_kind(key, *value, "a size such as \"64MiB\"");
  }
  if (!found)
    problems_->add(value->at, quoted(key) + ": " + found.error().message);
  else if (*found < min || *found > max)
    problems_->add(value->at, outside(key, min, max));
  else
    into = *found;
}

void Section::texts(std::string_view key, std::vector<std::string>& into, Need need, Lines lines) {
  const Value* value = find(key, need);
  if (value == nullptr) return;
  const Array* list = value->array();
  if (list == nullptr) return wrong_kind(key, *value, "a list of texts");
  std::vector<std::string> found;
  for (const Value& element : *list) {
    if (element.text() == nullptr) return wrong_kind(key, element, "a list of texts");
    if (lines == Lines::one && has_control(*element.text()))
      return problem(key, std::string(one_line));
    found.push_back(*element.text());
  }
  into = std::move(found);
}

std::optional<std::ptrdiff_t> Section::choose(std::string_view key,
                                              const std::vector<std::string_view>& names,
                                              Need need) {
  const Value* value = find(key, need);
  if (value == nullptr) return std::nullopt;
  const std::string* word = value->text();
  const auto found = word == nullptr
                         ? names.end()
                         : std::find(names.begin(), names.end(), std::string_view(*word));
  if (found != names.end()) return found - names.begin();
  std::string wanted;
  for (const std::string_view name : names) {
    if (!wanted.empty()) wanted += ", ";
    wanted += quoted(name);
  }
  problems_->add(value->at, quoted(key) + " must be one of " + wanted);
  return std::nullopt;
}

std::optional<Section> Section::section(std::string_view key, Need need) {
  const Value* value = find(key, need);
  if (value == nullptr) return std::nullopt;
  if (value->object() == nullptr) {
    wrong_kind(key, *value, "a section in braces");
    return std::nullopt;
  }
  return Section(*value, *problems_);
}

std::vector<std::pair<std::string, Section>> Section::sections(std::string_view key, Need need) {
  std::vector<std::pair<std::string, Section>> found;
  const Value* value = find(key, need);
  if (value == nullptr) return found;
  const Object* object = value->object();
  if (object == nullptr) {
    wrong_kind(key, *value, "a section in braces");
    return found;
  }
  for (const Member& entry : *object) {
    if (entry.value.object() == nullptr)
      wrong_kind(entry.key, entry.value, "a section in braces");
    else
      found.emplace_back(entry.key, Section(entry.value, *problems_));
  }
  return found;
}

std::vector<Section> Section::section_list(std::string_view key, Need need) {
  std::vector<Section> found;
  const Value* value = find(key, need);
  if (value == nullptr) return found;
  const Array* list = value->array();
  if (list == nullptr) {
    wrong_kind(key, *value, "a list of sections");
    return found;
  }
  for (const Value& element : *list) {
    if (element.object() == nullptr)
      wrong_kind(key, element, "a list of sections");
    else
      found.emplace_back(element, *problems_);
  }
  return found;
}

void Section::problem(std::string_view key, const std::string& what) {
  const Member* found = member(key);
  // "\"port\" must be even" names its key already.
  const std::string named = what.starts_with(quoted(key)) ? what : quoted(key) + ": " + what;
  problems_->add(found == nullptr ? at_ : found->value.at, named);
}

void Section::finish() {
  if (object_ == nullptr) return;
  for (const Member& found : *object_) {
    if (std::find(known_.begin(), known_.end(), found.key) != known_.end()) continue;
    const std::string meant = nearest(found.key, known_);
    problems_->add(found.at, "unknown key " + quoted(found.key.substr(0, 60)) +
                                 (meant.empty() ? "" : " (did you mean " + quoted(meant) + "?)"));
  }
}

}  // namespace edgeherd::config
