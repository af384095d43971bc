// What EC2 answers, read from its XML. Whatever is not as its API reference has it is `broken`,
// with what is wrong and where; a page that is cut short never makes a short list.
//
// Thread: free functions, safe from any.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/act/seams/provider.h"
#include "coordinator/providers/aws/options.h"

namespace edgeherd::aws {

inline constexpr std::size_t max_answer_bytes = 32 * 1024 * 1024;

enum class Alive { yes, ending, terminated };

struct Instance {
  model::Vm vm;
  Alive alive = Alive::yes;
};

enum class ImageState { available, pending, other };

struct CloudImage {
  act::Image image;
  ImageState state = ImageState::other;
  std::string why;  // it is in that state
  std::vector<std::pair<std::string, std::string>> tags;
  // Region and id of what it is a copy of, and when that was made; of no copy of ours its own.
  std::string original;
  WallTime original_created{};
};

template <class T>
struct Page {
  std::vector<T> items;
  std::string next;  // empty: the last
};

[[nodiscard]] Result<Page<Instance>> parse_instances(std::string_view xml, Address address);
// Of RunInstances for one.
[[nodiscard]] Result<Instance> parse_run(std::string_view xml, Address address);
// In which state TerminateInstances found the one instance `vm`.
[[nodiscard]] Result<Alive> parse_termination(std::string_view xml, const VmId& vm);
// Of StartInstances for the one instance `vm`.
[[nodiscard]] Status parse_start(std::string_view xml, const VmId& vm);
// Of RebootInstances.
[[nodiscard]] Status parse_reboot(std::string_view xml);
[[nodiscard]] Result<Page<CloudImage>> parse_images(std::string_view xml,
                                                    const std::string& region);
// The id that CopyImage gave.
[[nodiscard]] Result<ImageId> parse_copy(std::string_view xml);

// An answer that is no 200.
struct Refusal {
  std::string code;  // EC2's own, "RequestLimitExceeded"; empty when it names none
  Error error;       // sorted by the code, or by the status when there is none
};
[[nodiscard]] Refusal parse_refusal(int status, std::string_view xml);

}  // namespace edgeherd::aws
