// Lifetime: callbacks that outlive what they are about do nothing.
//
// A member of the owner, declared last or nearly so: what is bound is not called once the owner is
// gone, or once renew() has been called. Value of its owner, never copied. Thread: the owner's loop;
// bound callbacks may be copied and destroyed on others, and are called on the loop alone.
#pragma once

#include <memory>
#include <utility>

namespace edgeherd {

class Lifetime {
 public:
  Lifetime() = default;
  Lifetime(const Lifetime&) = delete;
  Lifetime& operator=(const Lifetime&) = delete;

  template <class Work>
  [[nodiscard]] auto bind(Work work) const {
    return [alive = std::weak_ptr<const char>(token_),
            work = std::move(work)]<class... Arguments>(Arguments&&... arguments) mutable {
      if (!alive.expired()) work(std::forward<Arguments>(arguments)...);
    };
  }
  // From now on what was bound before does nothing.
  void renew() { token_ = std::make_shared<const char>('\0'); }

 private:
  std::shared_ptr<const char> token_ = std::make_shared<const char>('\0');
};

}  // namespace edgeherd
