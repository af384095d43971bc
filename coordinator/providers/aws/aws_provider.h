// The provider `aws`: servers of EC2, in one or more regions of one account.
//
// The same intent never makes two servers: its ClientToken is made of the intent, the size and the
// place. Only instances that carry the fleet's tag are ever ended or rebooted; of one that is not
// known from a listing the tag is asked for first. Regions are listed together: one that fails
// makes the whole list fail. README.md has what is peculiar about the cloud.
#pragma once

#include <memory>

#include "common/aws/credential_source.h"
#include "common/core/event_loop.h"
#include "coordinator/act/seams/provider.h"
#include "coordinator/providers/aws/options.h"

namespace edgeherd::os {
class AsioLoop;
}

namespace edgeherd::aws {

// `loop` outlives the provider; no `done` is called after its destruction.
[[nodiscard]] std::unique_ptr<act::Provider> make_aws_provider(Options options, os::AsioLoop& loop);

// The same over any transport and credentials; for tests.
[[nodiscard]] std::unique_ptr<act::Provider> make_aws_provider(
    Options options, EventLoop& loop, std::shared_ptr<CredentialSource> source,
    http::Transport transport);

}  // namespace edgeherd::aws
