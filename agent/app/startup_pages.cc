#include "agent/app/startup_pages.h"

#include <cstdint>
#include <span>

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

namespace edgeherd::agent {

namespace {

int release_object(dl_phdr_info* object, std::size_t, void*) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (const auto& part : std::span(object->dlpi_phdr, object->dlpi_phnum)) {
    // Relocations that were made read-only later lie in a part that is writable here.
    const bool file_pages = part.p_type == PT_LOAD && (part.p_flags & PF_W) == 0;
    if (!file_pages) continue;
    const std::uintptr_t from = (object->dlpi_addr + part.p_vaddr) & ~(page - 1);
    const std::uintptr_t size = object->dlpi_addr + part.p_vaddr + part.p_filesz - from;
    // A refusal (as for the kernel's own vdso) leaves things as they were.
    (void)::madvise(reinterpret_cast<void*>(from), size, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void release_startup_pages() {
  ::dl_iterate_phdr(&release_object, nullptr);
}

}  // namespace edgeherd::agent
