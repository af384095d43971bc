// Small pieces of text for people and programs: numbers, sizes, ages, and what must be escaped.
//
// Thread: free functions.
#pragma once

#include <string>
#include <string_view>

#include "common/core/clock.h"

namespace edgeherd::agent {

// A finite number, shortest form that reads back the same; whole numbers without an exponent.
void append_number(std::string& out, double value);
// A JSON string with its quotes; control characters and bytes that are not UTF-8 are made harmless.
void append_json_string(std::string& out, std::string_view text);
// Text for an HTML element or a quoted attribute.
void append_html(std::string& out, std::string_view text);

// For people: "1.5 GB", "640", "12.3 k".
[[nodiscard]] std::string human_bytes(double bytes);
[[nodiscard]] std::string human_bits_per_second(double bytes_per_second);
[[nodiscard]] std::string human_count(double count);
// "350 ms", "12 s", "3 min", "5 h", "12 d".
[[nodiscard]] std::string human_duration(Duration duration);

}  // namespace edgeherd::agent
