// What memory the library holds in this process. Part of blockpack.hpp.
#ifndef BLOCKPACK_MEMORY_HPP
#define BLOCKPACK_MEMORY_HPP

#include "../blockpack.h"

namespace blockpack {

// Heap, peak, mapped files, and handles.
inline bp_memory_stats memory() {
    bp_memory_stats stats = BP_MEMORY_STATS_INIT;
    // With the right size this cannot fail.
    static_cast<void>(bp_memory(&stats, nullptr) == BP_OK);
    return stats;
}
inline void reset_memory_peak() { bp_memory_reset_peak(); }
// Gives memory that is kept for later back to the system: of freed handles, and for joining traces.
inline void trim_memory() { bp_memory_trim(); }
// Handles of a kind (BP_HANDLE_...) that are alive.
inline uint64_t live_handles(bp_handle_kind kind = BP_HANDLE_ANY) { return bp_live_handles(kind); }
// Heap memory of all blocks, of indexes and copies of files, and of Arrow arrays.
inline uint64_t bytes_held() { return bp_bytes_held(); }

}  // namespace blockpack

#endif  // BLOCKPACK_MEMORY_HPP
