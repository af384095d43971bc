#include "coordinator/evidence/compare.h"

#include <cstdio>
#include <map>
#include <utility>

#include "coordinator/evidence/columns.h"
#include "coordinator/evidence/fields.h"

namespace edgeherd::evidence::detail {

namespace {

// Visitor: all fields of a struct as names and texts.
class Texts {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  template <class T>
  void operator()(const char* name, const T& value) {
    if constexpr (is_struct<T>) {
      fields(*this, value);
    } else {
      fields_.emplace_back(name, text(value));
    }
  }
  void add(const char* name, std::string value) { fields_.emplace_back(name, std::move(value)); }
  [[nodiscard]] Fields take() { return std::move(fields_); }

  template <class T>
  static std::string text(const T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
      return value.empty() ? "nothing" : value;
    } else if constexpr (is_id<T>) {
      return value.empty() ? "nothing" : value.str();
    } else if constexpr (std::is_same_v<T, bool>) {
      return value ? "yes" : "no";
    } else if constexpr (NamedEnum<T>) {
      return std::string(to_string(value));
    } else if constexpr (std::is_same_v<T, Duration>) {
      return real(seconds(value)) + " s";
    } else if constexpr (std::is_same_v<T, double>) {
      return real(value);
    } else if constexpr (std::integral<T>) {
      return std::to_string(value);
    } else if constexpr (is_optional<T>) {
      return value ? text(*value) : "nothing";
    } else if constexpr (is_list<T>) {
      std::string all;
      for (const auto& entry : value) all += (all.empty() ? "" : "; ") + text(entry);
      return all.empty() ? "nothing" : all;
    } else {  // a reason, a step
      Texts inner;
      fields(inner, value);
      std::string all;
      for (const auto& [name, part] : inner.take()) all += (all.empty() ? "" : ", ") + part;
      return all;
    }
  }

 private:
  // So many digits that another value has another text.
  static std::string real(double value) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.17g", value);
    return digits;
  }

  Fields fields_;
};

std::string label(const decide::Action& action) {
  std::string text(to_string(action.kind));
  if (!action.verb.empty()) text += " " + action.verb;
  return text + (action.node.empty() ? " in " + action.zone.str() : " " + action.node.str());
}

// A plan as entries, each under a label of its own, in order.
class Entries {
 public:
  explicit Entries(const decide::Plan& plan) {
    for (const decide::Action& action : plan.actions) {
      Texts texts;
      texts.add("outcome", "done");
      fields(texts, action);
      add(label(action), texts.take());
    }
    for (const decide::Withheld& held : plan.withheld) {
      Texts texts;
      texts.add("outcome", "withheld by " + std::string(to_string(held.brake)));
      fields(texts, held.action);
      texts.add("text", held.text);
      add(label(held.action), texts.take());
    }
    for (const decide::ZoneDecision& zone : plan.zones) add(zone.zone.str(), texts_of(zone));
    for (const decide::VerdictChange& verdict : plan.verdicts) {
      add("verdict of " + verdict.node.str(), texts_of(verdict));
    }
  }

  [[nodiscard]] const Texts::Fields* find(const std::string& wanted) const {
    const auto found = entries_.find(wanted);
    return found == entries_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] const std::vector<std::string>& labels() const { return labels_; }

 private:
  template <class T>
  static Texts::Fields texts_of(const T& value) {
    Texts texts;
    fields(texts, value);
    return texts.take();
  }
  void add(std::string name, Texts::Fields all) {
    if (const int times = ++seen_[name]; times > 1) name += " (" + std::to_string(times) + ")";
    entries_[name] = std::move(all);
    labels_.push_back(std::move(name));
  }

  std::map<std::string, int> seen_;
  std::map<std::string, Texts::Fields> entries_;
  std::vector<std::string> labels_;
};

std::string value_of(const Texts::Fields& all, std::size_t index, const std::string& name) {
  return index < all.size() && all[index].first == name ? all[index].second : "nothing";
}

void compare(const std::string& name, const Texts::Fields& then, const Texts::Fields& now,
             std::vector<std::string>& found) {
  const Texts::Fields& longer = then.size() < now.size() ? now : then;
  for (std::size_t i = 0; i < longer.size(); ++i) {
    const std::string& field = longer[i].first;
    const std::string was = value_of(then, i, field);
    const std::string is = value_of(now, i, field);
    if (was != is) found.push_back(name + ": " + field + ": " + was + " then, " + is + " now");
  }
}

}  // namespace

std::vector<std::string> differences(const decide::Plan& then, const decide::Plan& now) {
  std::vector<std::string> found;
  const Entries was(then);
  const Entries is(now);
  for (const std::string& name : was.labels()) {
    const Texts::Fields* other = is.find(name);
    if (other == nullptr) {
      found.push_back(name + ": only then");
    } else {
      compare(name, *was.find(name), *other, found);
    }
  }
  for (const std::string& name : is.labels()) {
    if (was.find(name) == nullptr) found.push_back(name + ": only now");
  }
  if (found.empty() && was.labels() != is.labels()) found.emplace_back("the order of the actions");
  return found;
}

}  // namespace edgeherd::evidence::detail
