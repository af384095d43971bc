// Reads one object of a configuration, field by field, and collects everything that is wrong.
//
//   Problems problems(file);
//   Section root(value, problems);
//   root.integer("min_servers", policy.min, 0, 10'000, Need::optional);
//   root.finish();                       // unknown keys
//   if (auto ok = problems.status(); !ok) return ok.error();
//
// A field that is absent, or wrong, leaves its variable as it was: the default is what stands
// there before. Thread: one owner; Value and Problems outlive the Section.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/config/problems.h"
#include "common/config/value.h"
#include "common/core/clock.h"

namespace edgeherd::config {

// Control characters in a text are a problem, or are kept.
enum class Lines { one, any };
enum class Need { optional, required };

class Section {
 public:
  // A value that is no object is a problem; the section is then empty.
  Section(const Value& value, Problems& problems);

  void text(std::string_view key, std::string& into, Need need, Lines lines = Lines::one);
  void flag(std::string_view key, bool& into, Need need);
  // Limits are inclusive.
  void integer(std::string_view key, std::int64_t& into, std::int64_t min, std::int64_t max,
               Need need);
  template <class Int>
  void integer(std::string_view key, Int& into, std::int64_t min, std::int64_t max, Need need) {
    std::int64_t wide = static_cast<std::int64_t>(into);
    integer(key, wide, min, max, need);
    into = static_cast<Int>(wide);
  }
  void number(std::string_view key, double& into, double min, double max, Need need);
  // "30s", "5m", "500ms", or a number of seconds.
  void duration(std::string_view key, Duration& into, Duration min, Duration max, Need need);
  // "64MiB", or a number of bytes.
  void bytes(std::string_view key, std::uint64_t& into, std::uint64_t min, std::uint64_t max,
             Need need);
  // A list of texts; an argument vector, say.
  void texts(std::string_view key, std::vector<std::string>& into, Need need,
             Lines lines = Lines::one);
  // One of a few words.
  template <class Enum>
  void choice(std::string_view key, Enum& into,
              std::initializer_list<std::pair<std::string_view, Enum>> words, Need need) {
    std::vector<std::string_view> names;
    for (const auto& word : words) names.push_back(word.first);
    if (const auto chosen = choose(key, names, need)) into = (words.begin() + *chosen)->second;
  }

  // Sections below this one. Each has to be finished by the caller.
  [[nodiscard]] std::optional<Section> section(std::string_view key, Need need);
  // { "lon1": {...}, "lon2": {...} }
  [[nodiscard]] std::vector<std::pair<std::string, Section>> sections(std::string_view key,
                                                                      Need need);
  // [ {...}, {...} ]
  [[nodiscard]] std::vector<Section> section_list(std::string_view key, Need need);

  // For a field of another form: null when it is absent.
  [[nodiscard]] const Value* raw(std::string_view key);
  // Accepts a key and does not look at it.
  void ignore(std::string_view key) { (void)raw(key); }
  [[nodiscard]] bool has(std::string_view key) const { return member(key) != nullptr; }

  // A problem that the caller found: at the key's value, or at the section itself.
  void problem(std::string_view key, const std::string& what);
  void problem(const std::string& what) { problems_->add(at_, what); }

  // Reports every key that nobody asked for.
  void finish();

  [[nodiscard]] Position at() const { return at_; }
  [[nodiscard]] Problems& problems() { return *problems_; }

 private:
  [[nodiscard]] const Member* member(std::string_view key) const;
  // Marks the key as known; reports a required one that is absent.
  const Value* find(std::string_view key, Need need);
  void wrong_kind(std::string_view key, const Value& value, std::string_view wanted);
  [[nodiscard]] std::optional<std::ptrdiff_t> choose(std::string_view key,
                                                     const std::vector<std::string_view>& names,
                                                     Need need);

  const Object* object_ = nullptr;
  Position at_;
  Problems* problems_;
  std::vector<std::string> known_;
};

}  // namespace edgeherd::config
