#include "coordinator/act/core/folded.h"

#include <cassert>

#include "common/crypto/digest.h"
#include "coordinator/act/core/row.h"

namespace edgeherd::act {

std::string fold_digest(const std::string& before, std::uint64_t seq, const std::string& key,
                        const std::string& sha256, std::uint64_t lines, std::uint64_t bytes) {
  // Neither a digest nor a number has a line break in it, and the key comes last.
  return crypto::to_hex(crypto::sha256(before + "\n" + std::to_string(seq) + "\n" + sha256 + "\n" +
                                       std::to_string(lines) + "\n" + std::to_string(bytes) + "\n" +
                                       key));
}

void fold(Folded& into, const Segment& segment) {
  assert(into.from == 0 || segment.seq == into.through + 1);
  if (into.from == 0) {
    into.node = segment.node;
    into.from = segment.seq;
  }
  into.through = segment.seq;
  into.lines += segment.lines;
  into.bytes += segment.bytes;
  into.digest = fold_digest(into.digest, segment.seq, segment.key, segment.sha256, segment.lines,
                            segment.bytes);
}

std::string folded_body(const Folded& folded) {
  return detail::RowWriter()
      .text("node", folded.node.str())
      .number("from", folded.from)
      .number("through", folded.through)
      .number("lines", folded.lines)
      .number("bytes", folded.bytes)
      .text("digest", folded.digest)
      .body();
}

Result<Folded> read_folded(const std::string& key, std::string_view body) {
  detail::RowReader row(Table::folded, key, body);
  Folded read;
  row.text("node", read.node);
  row.number("from", read.from);
  row.number("through", read.through);
  row.number("lines", read.lines);
  row.number("bytes", read.bytes);
  row.text("digest", read.digest);
  if (const Status status = row.finish(); !status.ok()) return status.error();
  if (read.node.str() != key || read.from == 0 || read.through < read.from) {
    return fail(Errc::broken, "row '" + key + "' of table folded: its fields do not agree");
  }
  return read;
}

}  // namespace edgeherd::act
