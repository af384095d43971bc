// What Digital Ocean's API answers.
//
// Each parse reads one whole answer; anything that is not as the API describes it is `broken`, with
// what is wrong and where ("droplets[3].created_at: ..."). Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/act/seams/provider.h"
#include "coordinator/providers/digitalocean/page_body.h"

namespace edgeherd::digitalocean {

inline constexpr std::size_t max_answer_bytes = 32 * 1024 * 1024;

struct CloudImage {
  act::Image image;
  std::vector<std::string> regions;
  std::string status;  // "available" is the one that can be used
  bool is_public = false;

  [[nodiscard]] bool available() const { return status == "available"; }
};

enum class ActionState { in_progress, completed, errored };
struct Action {
  std::string id;
  ActionState state = ActionState::in_progress;
};

// An action of an image.
struct ImageAction {
  std::string id;
  std::string type;  // "transfer"
  std::string region;
  ActionState state = ActionState::in_progress;
  WallTime started{};
};

// A server's image is the one that its launch asked for, as its tag has it, else the droplet's.
[[nodiscard]] Result<model::Vm> parse_droplet(std::string_view body);
// `path`: of the list that was asked for; a next page elsewhere is `broken`.
[[nodiscard]] Result<Page<model::Vm>> parse_droplets(std::string_view body, std::string_view path);
[[nodiscard]] Result<Page<CloudImage>> parse_images(std::string_view body, std::string_view path);
[[nodiscard]] Result<CloudImage> parse_image(std::string_view body);
[[nodiscard]] Result<Page<ImageAction>> parse_image_actions(std::string_view body,
                                                            std::string_view path);
[[nodiscard]] Result<Action> parse_action(std::string_view body);
// The "id" of an error's body, the cloud's own word for it, or nothing.
[[nodiscard]] std::string word_of(std::string_view body);
// The "message" of an error's body, or nothing.
[[nodiscard]] std::string message_of(std::string_view body);

}  // namespace edgeherd::digitalocean
