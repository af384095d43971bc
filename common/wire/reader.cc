#include "common/wire/reader.h"

#include <cmath>

#include "common/core/text.h"
#include "common/wire/schema.h"

namespace edgeherd::wire::detail {

namespace {

std::string over(std::size_t count, const char* unit, std::size_t limit) {
  return std::to_string(count) + " " + unit + ", the limit is " + std::to_string(limit);
}

}  // namespace

void Reader::wrong(const char* field, const std::string& what) {
  if (!failed()) why_ = std::string(field) + ": " + what;
}

void Reader::wrong_kind(const char* field, const Value& read, const char* what) {
  if (read.kind == Kind::cut_short) what = "cut short";
  if (read.kind == Kind::not_msgpack) what = "not msgpack";
  wrong(field, what);
}

void Reader::text_of(const char* field, std::string& text, std::size_t limit) {
  const Value read = cursor_.next();
  if (read.kind != Kind::text) return wrong_kind(field, read, "not text");
  if (read.text.size() > limit) return wrong(field, over(read.text.size(), "bytes", limit));
  if (!is_clean(read.text)) return wrong(field, "control characters or broken UTF-8");
  text.assign(read.text);
}

void Reader::take(const char* field, double& value) {
  const Value read = cursor_.next();
  switch (read.kind) {
    case Kind::real:
      value = read.real;
      break;
    case Kind::unsigned_integer:
      value = static_cast<double>(read.number);
      break;
    case Kind::negative_integer:
      value = static_cast<double>(read.negative);
      break;
    default:
      return wrong_kind(field, read, "not a number");
  }
  if (!std::isfinite(value)) wrong(field, "not a finite number");
}

void Reader::flag(const char* field, bool& value) {
  if (!begin(field)) return;
  const Value read = cursor_.next();
  if (read.kind != Kind::boolean) return wrong_kind(field, read, "not true or false");
  value = read.boolean;
}

std::optional<std::size_t> Reader::list(const char* field, std::size_t limit) {
  if (!begin(field)) return std::nullopt;
  const Value read = cursor_.next();
  if (read.kind != Kind::list) {
    wrong_kind(field, read, "not a list");
  } else if (read.children > limit) {
    wrong(field, over(read.children, "entries", limit));
  } else {
    return read.children;
  }
  return std::nullopt;
}

void Reader::names(const char* field, std::vector<std::string>& texts, std::size_t count_limit,
                   std::size_t limit) {
  const auto count = list(field, count_limit);
  if (!count) return;
  texts.resize(*count);
  for (std::size_t i = 0; i < texts.size() && !failed(); ++i) text_of(field, texts[i], limit);
}

void Reader::pairs(const char* field, std::vector<std::pair<std::string, std::string>>& pairs_out,
                   std::size_t count_limit, std::size_t limit) {
  const auto count = list(field, count_limit * 2);
  if (!count) return;
  if (*count % 2 != 0) return wrong(field, "an odd number of entries");
  pairs_out.resize(*count / 2);
  for (std::size_t i = 0; i < pairs_out.size() && !failed(); ++i) {
    text_of(field, pairs_out[i].first, limits::id);
    if (!failed()) text_of(field, pairs_out[i].second, limit);
  }
}

void Reader::all_or_none(const char* field, std::vector<std::uint64_t>& numbers,
                         std::size_t count) {
  const auto found = list(field, count);
  if (!found) return;
  if (*found != 0 && *found != count) {
    return wrong(field, "neither " + std::to_string(count) + " entries nor none");
  }
  numbers.resize(*found);
  for (std::size_t i = 0; i < numbers.size() && !failed(); ++i) {
    take(field, numbers[i]);
  }
}

void Reader::buckets(const char* field, std::vector<BucketCount>& counts) {
  const auto entries = list(field, limits::buckets * 2);
  if (!entries) return;
  if (*entries % 2 != 0) return wrong(field, "an odd number of entries");
  counts.reserve(*entries / 2);
  std::uint64_t smallest_allowed = 0;
  for (std::size_t i = 0; i < *entries; i += 2) {
    std::uint64_t bucket = 0;
    std::uint64_t count = 0;
    take(field, bucket);
    if (!failed()) take(field, count);
    if (failed()) return;
    if (bucket >= limits::buckets) {
      return wrong(field, "bucket " + std::to_string(bucket) + " does not exist");
    }
    if (bucket < smallest_allowed) return wrong(field, "buckets out of order");
    smallest_allowed = bucket + 1;
    counts.push_back({static_cast<std::uint16_t>(bucket), count});
  }
}

}  // namespace edgeherd::wire::detail
