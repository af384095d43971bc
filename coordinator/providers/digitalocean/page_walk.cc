#include "coordinator/providers/digitalocean/page_walk.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace edgeherd::digitalocean {

namespace {

// Of one reading: each page, a page that is read twice for each that falls short, and some.
constexpr std::size_t most_requests(std::size_t pages) {
  return 3 * pages + 10;
}

std::size_t pages_of(std::uint64_t total) {
  return std::max<std::size_t>(1, (total + entries_of_page - 1) / entries_of_page);
}

// Ids are numbers, written without zeros before them.
bool is_older(const std::string& left, const std::string& right) {
  return left.size() != right.size() ? left.size() < right.size() : left < right;
}

bool is_in_order(const std::vector<std::string>& ids, ListOrder order) {
  const bool grows = std::ranges::is_sorted(ids, is_older);
  const bool falls = std::is_sorted(ids.rbegin(), ids.rend(), is_older);
  return order == ListOrder::oldest_first ? grows : falls;
}

ListOrder order_of(const std::vector<std::string>& ids) {
  for (const ListOrder order : {ListOrder::oldest_first, ListOrder::newest_first}) {
    if (is_in_order(ids, order)) return order;
  }
  return ListOrder::neither;
}

}  // namespace

PageWalk::PageWalk(const Shown& before, Remembers remembers)
    : remembers_(remembers), order_(before.order), before_(before.ids) {
  pages_ = std::max<std::size_t>(1, before.pages);
  if (order_ == ListOrder::oldest_first) page_ = pages_;
}

Result<PageWalk::Step> PageWalk::take(const PageSeen& seen) {
  ++requests_;
  const std::size_t before = (page_ - 1) * entries_of_page;
  const std::size_t rest = seen.total > before ? seen.total - before : 0;
  const std::set<std::string> different(seen.ids.begin(), seen.ids.end());
  const bool is_page = different.size() == seen.ids.size() &&
                       seen.ids.size() == std::min<std::size_t>(rest, entries_of_page) &&
                       seen.has_next == (rest > entries_of_page);
  if (!is_page) {
    return begin_again(std::to_string(seen.ids.size()) + " entries on page " +
                       std::to_string(page_) + ", " + std::to_string(different.size()) +
                       " of them different, of a total of " + std::to_string(seen.total));
  }
  pages_ = pages_of(seen.total);
  if (pages_ > most_pages || requests_ > most_requests(pages_)) {
    return fail(Errc::broken,
                std::to_string(requests_) + " requests for " + std::to_string(pages_) + " pages");
  }
  if (order_ == ListOrder::unknown && pages_ > 1) order_ = order_of(seen.ids);
  switch (order_) {
    case ListOrder::oldest_first:
      return go_down(seen);
    case ListOrder::newest_first:
      return go_up(seen);
    default:
      return go_warily(seen);
  }
}

// From the first page, or it is broken for good.
Result<PageWalk::Step> PageWalk::begin_again(const std::string& why) {
  if (++readings_ > most_readings) return fail(Errc::broken, why);
  page_ = 1;
  requests_ = 0;
  total_.reset();
  rose_ = is_closing_ = false;
  ids_.clear();
  return Step::anew;
}

Result<PageWalk::Step> PageWalk::lose_order() {
  order_ = ListOrder::neither;
  return begin_again("the entries are in no order");
}

// From the last page to the first.
Result<PageWalk::Step> PageWalk::go_down(const PageSeen& seen) {
  if (!is_in_order(seen.ids, order_)) return lose_order();
  // It is begun at the page that is the last one, then.
  if (!total_ && pages_ > page_) {
    page_ = pages_;
    return Step::anew;
  }
  ids_.insert(seen.ids.begin(), seen.ids.end());
  if (!total_) began_at_ = page_;
  rose_ = rose_ || (total_ && seen.total > *total_);
  total_ = seen.total;
  const bool ends = is_closing_ ? page_ <= began_at_ : page_ == 1;
  if (ends && (is_closing_ || !rose_ || pages_ == 1)) return Step::whole;
  page_ = ends ? pages_ : std::min(page_ - 1, pages_);
  is_closing_ = is_closing_ || ends;
  return Step::on;
}

// From the first page to the last.
Result<PageWalk::Step> PageWalk::go_up(const PageSeen& seen) {
  if (!is_in_order(seen.ids, order_)) return lose_order();
  ids_.insert(seen.ids.begin(), seen.ids.end());
  const bool fell = total_ && seen.total < *total_;
  if (fell && page_ > 1) {
    total_.reset();  // what goes until the page before is answered is on it
    --page_;
    return Step::on;
  }
  total_ = seen.total;
  if (is_last(seen)) return Step::whole;
  ++page_;
  return Step::on;
}

Result<PageWalk::Step> PageWalk::go_warily(const PageSeen& seen) {
  if (total_ && seen.total != *total_) {
    return begin_again("a total of " + std::to_string(*total_) + ", and on page " +
                       std::to_string(page_) + " of " + std::to_string(seen.total));
  }
  total_ = seen.total;
  ids_.insert(seen.ids.begin(), seen.ids.end());
  if (!is_last(seen)) {
    ++page_;
    return Step::on;
  }
  if (ids_.size() != seen.total) {
    return begin_again(std::to_string(ids_.size()) + " different entries of a total of " +
                       std::to_string(seen.total));
  }
  if (page_ == 1 || remembers_ == Remembers::nothing || is_like_before()) return Step::whole;
  before_ = ids_;
  return begin_again("entries come and go while it is read");
}

bool PageWalk::is_last(const PageSeen& seen) const {
  return page_ >= pages_of(seen.total);
}

bool PageWalk::is_like_before() const {
  return before_ &&
         (std::ranges::includes(*before_, ids_) || std::ranges::includes(ids_, *before_));
}

Shown PageWalk::shown() const {
  const bool kept = order_ == ListOrder::oldest_first || order_ == ListOrder::newest_first;
  return {kept ? order_ : ListOrder::unknown, pages_, ids_};
}

}  // namespace edgeherd::digitalocean
