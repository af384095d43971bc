#include "common/config/suggest.h"

#include <algorithm>
#include <numeric>

namespace edgeherd::config {

namespace {

constexpr std::size_t max_word = 64;
constexpr std::size_t max_edits = 2;

// Levenshtein's distance, one row at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest(std::string_view wrong, const std::vector<std::string>& words) {
  std::string best;
  std::size_t fewest = max_edits + 1;
  if (wrong.size() > max_word) return best;
  for (const std::string& word : words) {
    if (word.size() > max_word) continue;
    const std::size_t edits = distance(wrong, word);
    if (edits >= fewest || 2 * edits >= wrong.size()) continue;
    fewest = edits;
    best = word;
  }
  return best;
}

}  // namespace edgeherd::config
