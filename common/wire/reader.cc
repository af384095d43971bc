#include "common/wire/reader.h"

#include <cmath>
#include <limits>

#include "common/wire/schema.h"
#include "common/wire/text.h"

namespace edgeherd::wire::detail {

namespace {

std::string over(std::size_t count, const char* unit, std::size_t limit) {
  return std::to_string(count) + " " + unit + ", the limit is " + std::to_string(limit);
}

}  // namespace

void Reader::wrong(const char* field, const std::string& what) {
  if (!failed()) why_ = std::string(field) + ": " + what;
}

void Reader::text_of(const char* field, const msgpack::object& object, std::string& text,
                     std::size_t limit) {
  if (object.type != msgpack::type::STR) return wrong(field, "not text");
  if (object.via.str.size > limit) return wrong(field, over(object.via.str.size, "bytes", limit));
  const std::string_view bytes(object.via.str.ptr, object.via.str.size);
  if (!is_clean(bytes)) return wrong(field, "control characters or broken UTF-8");
  text.assign(bytes);
}

void Reader::number_of(const char* field, const msgpack::object& object, std::uint32_t& value) {
  std::uint64_t wide = 0;
  number_of(field, object, wide);
  if (wide > std::numeric_limits<std::uint32_t>::max()) return wrong(field, "over 32 bits");
  value = static_cast<std::uint32_t>(wide);
}

void Reader::number_of(const char* field, const msgpack::object& object, int& value) {
  std::uint64_t wide = 0;
  number_of(field, object, wide);
  if (wide > std::numeric_limits<std::uint16_t>::max()) return wrong(field, "over 16 bits");
  value = static_cast<int>(wide);
}

void Reader::number_of(const char* field, const msgpack::object& object, double& value) {
  switch (object.type) {
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64:
      value = object.via.f64;
      break;
    case msgpack::type::POSITIVE_INTEGER:
      value = static_cast<double>(object.via.u64);
      break;
    case msgpack::type::NEGATIVE_INTEGER:
      value = static_cast<double>(object.via.i64);
      break;
    default:
      return wrong(field, "not a number");
  }
  if (!std::isfinite(value)) wrong(field, "not a finite number");
}

void Reader::flag(const char* field, bool& value) {
  const auto* object = next(field);
  if (object == nullptr) return;
  if (object->type != msgpack::type::BOOLEAN) return wrong(field, "not true or false");
  value = object->via.boolean;
}

const msgpack::object_array* Reader::list(const char* field, std::size_t limit) {
  const auto* object = next(field);
  if (object == nullptr) return nullptr;
  if (object->type != msgpack::type::ARRAY) {
    wrong(field, "not a list");
    return nullptr;
  }
  if (object->via.array.size > limit) {
    wrong(field, over(object->via.array.size, "entries", limit));
    return nullptr;
  }
  return &object->via.array;
}

void Reader::names(const char* field, std::vector<std::string>& texts, std::size_t count_limit,
                   std::size_t limit) {
  const auto* array = list(field, count_limit);
  if (array == nullptr) return;
  texts.resize(array->size);
  for (std::size_t i = 0; i < texts.size() && !failed(); ++i) {
    text_of(field, array->ptr[i], texts[i], limit);
  }
}

void Reader::pairs(const char* field, std::vector<std::pair<std::string, std::string>>& list_out,
                   std::size_t count_limit, std::size_t limit) {
  const auto* array = list(field, count_limit * 2);
  if (array == nullptr) return;
  if (array->size % 2 != 0) return wrong(field, "an odd number of entries");
  list_out.resize(array->size / 2);
  for (std::size_t i = 0; i < list_out.size() && !failed(); ++i) {
    text_of(field, array->ptr[2 * i], list_out[i].first, limits::id);
    text_of(field, array->ptr[2 * i + 1], list_out[i].second, limit);
  }
}

void Reader::all_or_none(const char* field, std::vector<std::uint64_t>& numbers,
                         std::size_t count) {
  const auto* array = list(field, count);
  if (array == nullptr) return;
  if (array->size != 0 && array->size != count) {
    return wrong(field, "neither " + std::to_string(count) + " entries nor none");
  }
  numbers.resize(array->size);
  for (std::size_t i = 0; i < numbers.size(); ++i) number_of(field, array->ptr[i], numbers[i]);
}

void Reader::buckets(const char* field, std::vector<BucketCount>& counts) {
  const auto* array = list(field, limits::buckets * 2);
  if (array == nullptr) return;
  if (array->size % 2 != 0) return wrong(field, "an odd number of entries");
  counts.reserve(array->size / 2);
  std::uint64_t smallest_allowed = 0;
  for (std::size_t i = 0; i < array->size; i += 2) {
    std::uint64_t bucket = 0;
    std::uint64_t count = 0;
    number_of(field, array->ptr[i], bucket);
    number_of(field, array->ptr[i + 1], count);
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
