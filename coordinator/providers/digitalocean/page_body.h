// The frame that all lists of the API have: entries, their total, and where the next page is.
// For whoever reads another kind of list than this room does, too.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "coordinator/providers/digitalocean/fields.h"

namespace edgeherd::digitalocean {

// One page of a list.
template <class T>
struct Page {
  std::vector<T> items;
  std::uint64_t total = 0;  // in all pages
  std::string next;         // target of the next page, on our own endpoint; empty: the last
};

// `broken` for what is no JSON object.
[[nodiscard]] Result<boost::json::object> object_in(std::string_view body);

// The target of the next page; empty when there is none. Its host is the API's own, wherever we
// have reached it. `broken` when it is not one of the list at `path`.
[[nodiscard]] Result<std::string> next_in(Fields& answer, std::string_view path);
[[nodiscard]] Result<std::uint64_t> total_in(Fields& answer);

// `read(object, name)` reads one entry; its first error is the page's.
template <class T, class ReadOne>
Result<Page<T>> page_in(std::string_view body, std::string_view path, const char* name,
                        ReadOne read) {
  auto object = object_in(body);
  if (!object) return object.error();
  Fields answer(*object, "");
  Page<T> page;
  const boost::json::array* list = answer.list(name);
  if (list == nullptr) return answer.status().error();
  auto total = total_in(answer);
  if (!total) return total.error();
  page.total = *total;
  auto next = next_in(answer, path);
  if (!next) return next.error();
  page.next = std::move(*next);
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string which = std::string(name) + "[" + std::to_string(i) + "]";
    if (!(*list)[i].is_object()) return fail(Errc::broken, which + ": an object is expected");
    auto one = read((*list)[i].get_object(), which);
    if (!one) return one.error();
    page.items.push_back(std::move(*one));
  }
  return page;
}

}  // namespace edgeherd::digitalocean
