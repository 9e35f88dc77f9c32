// Open files. Part of blockpack.hpp.
#ifndef BLOCKPACK_READER_HPP
#define BLOCKPACK_READER_HPP

#include "blocks.hpp"

#include <optional>
#include <string_view>

namespace blockpack {

// An open file.
class Reader {
  public:
    explicit Reader(bp_reader *reader) : reader_(reader) {}

    static Result<Reader> open(std::string_view path,
                               const bp_open_options &options = BP_OPEN_OPTIONS_INIT) {
        return detail::make<Reader, bp_reader>([&](bp_reader **out, bp_error **err) {
            return bp_reader_open(raw(path), &options, out, err);
        });
    }
    // A file in memory, copied.
    static Result<Reader> open_memory(ByteView bytes,
                                      const bp_open_options &options = BP_OPEN_OPTIONS_INIT) {
        return open_memory(bytes, nullptr, nullptr, options);
    }
    // A file in memory, in place until drop(ctx) is called.
    static Result<Reader> open_memory(ByteView bytes, bp_drop_fn drop, void *ctx,
                                      const bp_open_options &options = BP_OPEN_OPTIONS_INIT) {
        return detail::make<Reader, bp_reader>([&](bp_reader **out, bp_error **err) {
            return bp_reader_open_memory(raw(bytes), drop, ctx, &options, out, err);
        });
    }
    // A file that the caller reads for the library.
    static Result<Reader> open_source(const bp_source_vtable &vtable, void *ctx,
                                      const bp_open_options &options = BP_OPEN_OPTIONS_INIT) {
        return detail::make<Reader, bp_reader>([&](bp_reader **out, bp_error **err) {
            return bp_reader_open_source(&vtable, ctx, &options, out, err);
        });
    }

    bp_file_info info() const {
        bp_file_info info = BP_FILE_INFO_INIT;
        // With a live handle and the right size this cannot fail.
        static_cast<void>(bp_reader_info(get(), &info, nullptr) == BP_OK);
        return info;
    }
    std::string_view name() const { return view(bp_reader_name(get())); }
    std::string_view writer() const { return view(bp_reader_writer(get())); }
    size_t block_count() const { return bp_reader_block_count(get()); }
    // All blocks, or `count` from `first` on.
    Result<Blocks> blocks(size_t first = 0, size_t count = SIZE_MAX) const {
        return detail::make<Blocks, bp_blocks>([&](bp_blocks **out, bp_error **err) {
            return bp_reader_blocks(get(), first, count, out, err);
        });
    }
    // The spans of one trace; nothing if the file does not have it.
    Result<std::optional<SpanSet>> trace(ByteView trace_id) const {
        bp_span_set *set = nullptr;
        bp_error *error = nullptr;
        Status status = bp_reader_trace(get(), raw(trace_id), &set, &error);
        if (status >= BP_ERR_FIRST) {
            return Error(status, error);
        }
        return set ? std::optional<SpanSet>(SpanSet(set)) : std::nullopt;
    }
    // Compares every checksum.
    Result<void> verify() const {
        return detail::attempt([&](bp_error **err) { return bp_reader_verify(get(), err); });
    }
    bp_reader *get() const { return reader_.get(); }

  private:
    detail::Owner<bp_reader, bp_reader_free> reader_;
};

}  // namespace blockpack

#endif  // BLOCKPACK_READER_HPP
