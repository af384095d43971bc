// Gives back the memory that only starting up needed: pages of programs and libraries that were
// read to link and to initialise them, and stay mapped for nothing.
//
// They are clean pages of files: whatever is needed again is mapped again from the page cache, or
// read anew. What was written to (data, relocations) is left alone. Thread: any; once, when the
// program has settled.
#pragma once

namespace edgeherd::agent {

void release_startup_pages();

}  // namespace edgeherd::agent
