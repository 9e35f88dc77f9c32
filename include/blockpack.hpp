// blockpack.hpp - blockpack.h for C++17: handles that free themselves, results, views, ranges.
//
// Header-only; needs neither exceptions nor RTTI. The rules are those of blockpack.h: a const method may be
// called by any number of threads at once, any other by one thread at a time; what an object was made from stays
// alive with it; views (std::string_view, ByteView, Value) live as long as the object they come from is
// neither released nor destroyed.
//
// A call that can fail gives a Result<T>: test it, then use *result or result->..., or read result.error().
//
//     blockpack::Result<blockpack::Reader> reader = blockpack::Reader::open("traces.bpk");
//     if (!reader) {
//         std::cerr << reader.error().message() << "\n";
//         return 1;
//     }
//     std::cout << reader->info().spans << " spans\n";
#ifndef BLOCKPACK_HPP
#define BLOCKPACK_HPP

#include "blockpack/arrow.hpp"
#include "blockpack/blocks.hpp"
#include "blockpack/cursor.hpp"
#include "blockpack/fields.hpp"
#include "blockpack/graphs.hpp"
#include "blockpack/limits.hpp"
#include "blockpack/match_set.hpp"
#include "blockpack/matrix.hpp"
#include "blockpack/memory.hpp"
#include "blockpack/otlp.hpp"
#include "blockpack/query.hpp"
#include "blockpack/reader.hpp"
#include "blockpack/result.hpp"
#include "blockpack/scanner.hpp"
#include "blockpack/series.hpp"
#include "blockpack/sets.hpp"
#include "blockpack/tags.hpp"
#include "blockpack/value.hpp"
#include "blockpack/write.hpp"

#endif  // BLOCKPACK_HPP
