// Spans as Arrow streams. Part of blockpack.hpp.
#ifndef BLOCKPACK_ARROW_HPP
#define BLOCKPACK_ARROW_HPP

#include "blocks.hpp"
#include "sets.hpp"

#include <utility>

namespace blockpack {

// A stream of batches in Arrow's C stream interface, released with this object. Arrays that it gave live
// on until they are released themselves.
class ArrowStream {
  public:
    explicit ArrowStream(const ArrowArrayStream &stream) : stream_(stream) {}
    ArrowStream(ArrowStream &&other) noexcept : stream_(other.take()) {}
    ArrowStream &operator=(ArrowStream &&other) noexcept {
        if (this != &other) {
            release();
            stream_ = other.take();
        }
        return *this;
    }
    ArrowStream(const ArrowStream &) = delete;
    ArrowStream &operator=(const ArrowStream &) = delete;
    ~ArrowStream() { release(); }

    // The struct, for functions that read a stream, as arrow::ImportRecordBatchReader. Who moves it out
    // leaves it released.
    ArrowArrayStream *get() { return &stream_; }
    // Gives the struct away: who takes it releases it.
    ArrowArrayStream take() {
        ArrowArrayStream taken = stream_;
        stream_.release = nullptr;
        return taken;
    }
    void release() {
        if (stream_.release != nullptr) {
            stream_.release(&stream_);
        }
    }
    bool is_released() const { return stream_.release == nullptr; }

  private:
    ArrowArrayStream stream_;
};

// What an Arrow stream has; see bp_arrow_options.
struct ArrowOptions {
    // The fields that become columns; null stands for all that the blocks have.
    const Columns *columns = nullptr;
    // Rows of a batch, at most; if 0 a batch is all that is asked for of a block.
    uint32_t batch_rows = 0;
    // Whether there is a column "event", and one "link", beside chosen columns.
    bool events = false;
    bool links = false;
};

namespace detail {

template <class H>
Result<ArrowStream> arrow_stream(bp_status (*open)(const H *, const bp_arrow_options *,
                                                   ArrowArrayStream *, bp_error **),
                                 const H *of, const ArrowOptions &options) {
    bp_arrow_options raw = BP_ARROW_OPTIONS_INIT;
    raw.columns = options.columns != nullptr ? options.columns->get() : nullptr;
    raw.batch_rows = options.batch_rows;
    raw.flags = (options.events ? BP_ARROW_EVENTS : 0u) | (options.links ? BP_ARROW_LINKS : 0u);
    ArrowArrayStream stream;
    bp_error *error = nullptr;
    Status status = open(of, &raw, &stream, &error);
    if (status != BP_OK) {
        return Error(status, error);
    }
    return ArrowStream(stream);
}

}  // namespace detail

// The spans of a set as an Arrow stream.
inline Result<ArrowStream> arrow_stream(const SpanSet &set, const ArrowOptions &options = {}) {
    return detail::arrow_stream(bp_arrow_export_span_set, set.get(), options);
}

// All spans of a list of blocks.
inline Result<ArrowStream> arrow_stream(const Blocks &blocks, const ArrowOptions &options = {}) {
    return detail::arrow_stream(bp_arrow_export_blocks, blocks.get(), options);
}

// The spans of a set of rows.
inline Result<ArrowStream> arrow_stream(const RowSet &set, const ArrowOptions &options = {}) {
    return detail::arrow_stream(bp_arrow_export_row_set, set.get(), options);
}

}  // namespace blockpack

#endif  // BLOCKPACK_ARROW_HPP
