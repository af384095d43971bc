// PageWalk: which page of a list is read next, so that no entry is passed over while others come
// and go.
//
// Pages are cut anew for each request: what goes moves all entries after it forward, past a reader
// who goes the other way. Ids grow with time, and what order the list keeps them in shows on any
// page of it:
//   oldest first   New entries come behind all others, so an entry moves forward alone. Read from
//                  the last page to the first, one can be met twice, but none is passed over. One
//                  that is listed later than some that are newer moves these backward, on the last
//                  page: when the total rose, that one is read once more.
//   newest first   Read from the first page on. An entry moves past the reader only when more go
//                  than come, and then the total falls: the page before is read once more. (No more
//                  than a page of them goes between two requests: the account's rate is less.)
//   neither        Every page must say the same total. One that goes and one that comes leave it as
//                  it is; so a reading that has something new, and lacks something, against the one
//                  before is done again, if the list is one that is remembered.
// What goes while it is read may be in the list or not, and so may what comes. A page that has not
// as many entries as its own total tells is no page: all is read again, a few times. Value.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/core/result.h"

namespace edgeherd::digitalocean {

inline constexpr std::size_t entries_of_page = 200;  // that are asked for: the API's most
inline constexpr int most_readings = 4;
inline constexpr std::size_t most_pages = 500;

enum class ListOrder { unknown, oldest_first, newest_first, neither };

// What a reading leaves to the next one of the same list.
struct Shown {
  ListOrder order = ListOrder::unknown;
  std::size_t pages = 1;
  std::optional<std::set<std::string>> ids;
};

// A page as it was answered.
struct PageSeen {
  std::vector<std::string> ids;
  std::uint64_t total = 0;
  bool has_next = false;
};

class PageWalk {
 public:
  enum class Remembers { nothing, the_last };
  // From what is remembered, if the list is.
  PageWalk(const Shown& before, Remembers remembers);

  // To be asked for now; from 1.
  [[nodiscard]] std::size_t page() const { return page_; }
  // That the list is known to have.
  [[nodiscard]] std::size_t pages() const { return pages_; }

  enum class Step {
    on,     // page() is the next one
    anew,   // likewise, and what was read so far is worth nothing
    whole,  // nothing is missing
  };
  // The answer about page(). `broken` when it will not come to an end.
  [[nodiscard]] Result<Step> take(const PageSeen& seen);
  // After the whole.
  [[nodiscard]] Shown shown() const;

 private:
  Result<Step> begin_again(const std::string& why);
  Result<Step> lose_order();
  Result<Step> go_up(const PageSeen& seen);
  Result<Step> go_down(const PageSeen& seen);
  Result<Step> go_warily(const PageSeen& seen);
  [[nodiscard]] bool is_last(const PageSeen& seen) const;
  [[nodiscard]] bool is_like_before() const;

  const Remembers remembers_;
  ListOrder order_ = ListOrder::unknown;
  std::size_t page_ = 1;
  std::size_t pages_ = 1;     // that the list was last known to have
  std::size_t requests_ = 0;  // of this reading
  int readings_ = 1;
  std::optional<std::uint64_t> total_;           // of the page before
  std::size_t began_at_ = 1;                     // going down
  bool rose_ = false;                            // the total, since
  bool is_closing_ = false;                      // the last page is read once more
  std::set<std::string> ids_;                    // of this reading
  std::optional<std::set<std::string>> before_;  // of the one before
};

}  // namespace edgeherd::digitalocean
