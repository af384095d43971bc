#include "agent/logs/manifest.h"

#include <cstdio>

namespace edgeherd::logs {

namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < ' ') {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace

std::string make_manifest(const NodeId& node, const StoredSegments& stored,
                          std::uint64_t lines_lost) {
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
  std::string text = "{\n  \"version\": " + std::to_string(manifest_version) +
                     ",\n  \"node\": " + quoted(node.str()) + ",\n  \"segments\": [";
  const char* separator = "\n";
  for (const auto& [seq, segment] : stored.by_seq) {
    lines += segment.pack.lines;
    bytes += segment.pack.bytes;
    text += separator;
    text += "    {\"seq\": " + std::to_string(seq) + ", \"key\": " + quoted(segment.key) +
            ", \"lines\": " + std::to_string(segment.pack.lines) +
            ", \"bytes\": " + std::to_string(segment.pack.bytes) +
            ", \"sha256\": " + quoted(segment.pack.sha256) + "}";
    separator = ",\n";
  }
  text += "\n  ],\n  \"totals\": {\"segments\": " + std::to_string(stored.by_seq.size()) +
          ", \"lines\": " + std::to_string(lines) + ", \"bytes\": " + std::to_string(bytes) +
          "},\n  \"lines_lost\": " + std::to_string(lines_lost) + "\n}\n";
  return text;
}

}  // namespace edgeherd::logs
