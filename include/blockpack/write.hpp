// OTLP to blocks in memory, and to files. Part of blockpack.hpp.
#ifndef BLOCKPACK_WRITE_HPP
#define BLOCKPACK_WRITE_HPP

#include "blocks.hpp"

#include <string_view>

namespace blockpack {

// OTLP to blocks in memory.
class Builder {
  public:
    explicit Builder(bp_builder *builder) : builder_(builder) {}

    static Result<Builder> create(const bp_block_options &options = BP_BLOCK_OPTIONS_INIT) {
        return detail::make<Builder, bp_builder>([&](bp_builder **out, bp_error **err) {
            return bp_builder_new(&options, out, err);
        });
    }

    // One protobuf message.
    Result<void> add_otlp(ByteView message) {
        return detail::attempt(
            [&](bp_error **err) { return bp_builder_add_otlp(get(), raw(message), err); });
    }
    // Any encoding of OTLP.
    Result<void> add_input(ByteView input) {
        return detail::attempt(
            [&](bp_error **err) { return bp_builder_add_input(get(), raw(input), err); });
    }
    uint64_t span_count() const { return bp_builder_span_count(get()); }
    // Blocks of what was added; the builder starts anew.
    Result<Blocks> blocks() {
        return detail::make<Blocks, bp_blocks>([&](bp_blocks **out, bp_error **err) {
            return bp_builder_blocks(get(), out, err);
        });
    }
    bp_builder *get() const { return builder_.get(); }

  private:
    detail::Owner<bp_builder, bp_builder_free> builder_;
};

// OTLP to a file, which is there when finish() succeeds and not before.
class Writer {
  public:
    explicit Writer(bp_writer *writer) : writer_(writer) {}

    static Result<Writer> open(std::string_view path,
                               const bp_write_options &options = BP_WRITE_OPTIONS_INIT) {
        return detail::make<Writer, bp_writer>([&](bp_writer **out, bp_error **err) {
            return bp_writer_open(raw(path), &options, out, err);
        });
    }
    // A file that the caller writes for the library.
    static Result<Writer> create(const bp_sink_vtable &vtable, void *ctx,
                                 const bp_write_options &options = BP_WRITE_OPTIONS_INIT) {
        return detail::make<Writer, bp_writer>([&](bp_writer **out, bp_error **err) {
            return bp_writer_new(&vtable, ctx, &options, out, err);
        });
    }

    // One protobuf message.
    Result<void> add_otlp(ByteView message) {
        return detail::attempt(
            [&](bp_error **err) { return bp_writer_add_otlp(get(), raw(message), err); });
    }
    // Any encoding of OTLP.
    Result<void> add_input(ByteView input) {
        return detail::attempt(
            [&](bp_error **err) { return bp_writer_add_input(get(), raw(input), err); });
    }
    // A file in any encoding of OTLP.
    Result<void> add_file(std::string_view path) {
        return detail::attempt(
            [&](bp_error **err) { return bp_writer_add_file(get(), raw(path), err); });
    }
    uint64_t span_count() const { return bp_writer_span_count(get()); }
    Result<bp_write_report> finish() {
        return detail::fill(bp_write_report BP_WRITE_REPORT_INIT,
                            [&](bp_write_report *out, bp_error **err) {
                                return bp_writer_finish(get(), out, err);
                            });
    }
    bp_writer *get() const { return writer_.get(); }

  private:
    detail::Owner<bp_writer, bp_writer_free> writer_;
};

}  // namespace blockpack

#endif  // BLOCKPACK_WRITE_HPP
