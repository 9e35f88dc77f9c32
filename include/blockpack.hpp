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

#include "blockpack.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace blockpack {

using Status = bp_status;

// ---- Views

// Bytes of somebody else's.
struct ByteView {
    const uint8_t *data = nullptr;
    size_t size = 0;

    const uint8_t *begin() const { return data; }
    const uint8_t *end() const { return data + size; }
};

inline std::string_view view(bp_str text) { return {text.ptr, text.len}; }
inline ByteView view(bp_bytes bytes) { return {bytes.ptr, bytes.len}; }
inline bp_str raw(std::string_view text) { return {text.data(), text.size()}; }
inline bp_bytes raw(ByteView bytes) { return {bytes.data, bytes.size}; }

namespace detail {

template <class H, void (*Free)(H *)>
struct Deleter {
    void operator()(H *handle) const { Free(handle); }
};

template <class H, void (*Free)(H *)>
using Owner = std::unique_ptr<H, Deleter<H, Free>>;

}  // namespace detail

// ---- Errors and results

// Why a call failed.
class Error {
  public:
    Error(Status status, bp_error *error) : status_(status), error_(error) {}

    Status status() const { return status_; }
    // As in "BP_ERR_IO".
    const char *name() const { return bp_status_name(status_); }
    // For people; lives as long as this object.
    std::string_view message() const {
        return error_ ? view(bp_error_message(error_.get())) : std::string_view(name());
    }
    // Byte offset in the OTLP bytes, query text or file, if there is one.
    std::optional<uint64_t> position() const {
        uint64_t offset = 0;
        if (bp_error_position(error_.get(), &offset)) {
            return offset;
        }
        return std::nullopt;
    }
    // Whether the same call may succeed later.
    bool is_retriable() const { return bp_error_is_retriable(error_.get()); }
    // What the caller's callback returned.
    int32_t callback_code() const { return bp_error_callback_code(error_.get()); }

  private:
    Status status_;
    detail::Owner<bp_error, bp_error_free> error_;
};

namespace detail {

[[noreturn]] inline void no_value(const Error &error) {
    std::string_view message = error.message();
    std::fprintf(stderr, "blockpack: %s: %.*s\n", error.name(), static_cast<int>(message.size()),
                 message.data());
    std::abort();
}

}  // namespace detail

// A value, or why there is none. Using the value of a failure ends the program with the message.
template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    const T &value() const & { return *checked(std::get_if<0>(&state_)); }
    T &value() & { return *checked(std::get_if<0>(&state_)); }
    T value() && { return std::move(*checked(std::get_if<0>(&state_))); }
    const T &operator*() const & { return value(); }
    T &operator*() & { return value(); }
    T operator*() && { return std::move(*this).value(); }
    const T *operator->() const { return &value(); }
    T *operator->() { return &value(); }

    // Only of a failure.
    const Error &error() const { return *std::get_if<1>(&state_); }

  private:
    template <class P>
    P *checked(P *value) const {
        if (value == nullptr) {
            detail::no_value(error());
        }
        return value;
    }

    std::variant<T, Error> state_;
};

// Success, or why not.
template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    bool ok() const { return !error_; }
    explicit operator bool() const { return ok(); }
    // Ends the program with the message of a failure.
    void value() const {
        if (error_) {
            detail::no_value(*error_);
        }
    }
    // Only of a failure.
    const Error &error() const { return *error_; }

  private:
    std::optional<Error> error_;
};

namespace detail {

// Runs `call(&handle, &error)` and wraps the handle.
template <class T, class H, class Call>
Result<T> make(Call &&call) {
    H *handle = nullptr;
    bp_error *error = nullptr;
    Status status = call(&handle, &error);
    if (status != BP_OK) {
        return Error(status, error);
    }
    return T(handle);
}

// Runs `call(&error)`.
template <class Call>
Result<void> attempt(Call &&call) {
    bp_error *error = nullptr;
    Status status = call(&error);
    if (status >= BP_ERR_FIRST) {
        return Error(status, error);
    }
    return {};
}

// Runs `call(&value, &error)` on a zeroed value.
template <class T, class Call>
Result<T> fill(T value, Call &&call) {
    bp_error *error = nullptr;
    Status status = call(&value, &error);
    if (status != BP_OK) {
        return Error(status, error);
    }
    return value;
}

// Collects what `call(first, out, cap, &count, &error)` gives in parts; each item becomes an R.
template <class T, class R = T, class Call>
Result<std::vector<R>> collect(Call &&call) {
    std::vector<R> all;
    T part[64];
    for (;;) {
        size_t count = 0;
        bp_error *error = nullptr;
        Status status = call(all.size(), part, std::size(part), &count, &error);
        if (status >= BP_ERR_FIRST) {
            return Error(status, error);
        }
        for (size_t i = 0; i < count; i++) {
            all.emplace_back(part[i]);
        }
        if (status == BP_DONE || count < std::size(part)) {
            return all;
        }
    }
}

}  // namespace detail

// ---- Values

struct Field;

// A typed value: a view, or a literal to compare with.
class Value {
  public:
    Value() : raw_{0, nullptr, BP_KIND_ABSENT, 0} {}
    explicit Value(bp_value raw) : raw_(raw) {}
    Value(std::string_view text) : raw_(bp_value_of_str(blockpack::raw(text))) {}
    Value(const char *text) : Value(std::string_view(text)) {}
    template <class N, std::enable_if_t<std::is_arithmetic_v<N>, int> = 0>
    Value(N number) : raw_(number_value(number)) {}

    static Value null() { return of(BP_KIND_NULL, 0); }
    static Value time_ns(uint64_t ns) { return of(BP_KIND_TIME_NS, ns); }
    static Value duration_ns(uint64_t ns) { return of(BP_KIND_DURATION_NS, ns); }
    static Value span_kind(int32_t kind) { return of(BP_KIND_SPAN_KIND, signed_bits(kind)); }
    static Value span_status(int32_t status) { return of(BP_KIND_SPAN_STATUS, signed_bits(status)); }
    static Value id(ByteView id) { return Value(bp_value_of_bytes(BP_KIND_ID, blockpack::raw(id))); }
    static Value bytes(ByteView bytes) {
        return Value(bp_value_of_bytes(BP_KIND_BYTES, blockpack::raw(bytes)));
    }

    // One of BP_KIND_...
    bp_kind kind() const { return raw_.kind; }
    bool is_absent() const { return kind() == BP_KIND_ABSENT; }
    const bp_value &raw() const { return raw_; }

    std::optional<std::string_view> as_string() const {
        return kind() == BP_KIND_STR ? std::optional(view(bp_value_str(&raw_))) : std::nullopt;
    }
    std::optional<ByteView> as_bytes() const {
        bool is = kind() == BP_KIND_BYTES || kind() == BP_KIND_ID;
        return is ? std::optional(view(bp_value_bytes(&raw_))) : std::nullopt;
    }
    std::optional<bool> as_bool() const {
        return kind() == BP_KIND_BOOL ? std::optional(raw_.bits != 0) : std::nullopt;
    }
    std::optional<double> as_double() const {
        return kind() == BP_KIND_F64 ? std::optional(bp_value_f64(&raw_)) : std::nullopt;
    }
    // Of integers, span kinds and statuses.
    std::optional<int64_t> as_int() const {
        bool is = kind() == BP_KIND_I64 || kind() == BP_KIND_SPAN_KIND || kind() == BP_KIND_SPAN_STATUS;
        return is ? std::optional(bp_value_i64(&raw_)) : std::nullopt;
    }
    // Of unsigned integers, times and durations.
    std::optional<uint64_t> as_unsigned() const {
        bool is = kind() == BP_KIND_U64 || kind() == BP_KIND_TIME_NS || kind() == BP_KIND_DURATION_NS;
        return is ? std::optional(raw_.bits) : std::nullopt;
    }
    // Items of a list.
    Result<std::vector<Value>> items() const {
        return detail::collect<bp_value, Value>(
            [&](size_t first, bp_value *out, size_t cap, size_t *count, bp_error **err) {
                return bp_value_items(&raw_, first, out, cap, count, err);
            });
    }
    // Named values of a map.
    inline Result<std::vector<Field>> entries() const;

  private:
    static uint64_t signed_bits(int64_t number) { return static_cast<uint64_t>(number); }
    static Value of(bp_kind kind, uint64_t bits) { return Value(bp_value{bits, nullptr, kind, 0}); }
    template <class N>
    static bp_value number_value(N number) {
        if constexpr (std::is_same_v<N, bool>) {
            return bp_value{number ? 1u : 0u, nullptr, BP_KIND_BOOL, 0};
        } else if constexpr (std::is_floating_point_v<N>) {
            return bp_value_of_f64(static_cast<double>(number));
        } else if constexpr (std::is_signed_v<N>) {
            return bp_value_of_int(BP_KIND_I64, static_cast<int64_t>(number));
        } else {
            return bp_value{static_cast<uint64_t>(number), nullptr, BP_KIND_U64, 0};
        }
    }

    bp_value raw_;
};

// A named value.
struct Field {
    std::string_view name;
    Value value;

    Field() = default;
    explicit Field(const bp_field &raw) : name(view(raw.name)), value(raw.value) {}
};

Result<std::vector<Field>> Value::entries() const {
    return detail::collect<bp_field, Field>(
        [&](size_t first, bp_field *out, size_t cap, size_t *count, bp_error **err) {
            return bp_value_entries(&raw_, first, out, cap, count, err);
        });
}

// ---- Blocks

// A column of a block.
struct Column {
    std::string_view name;
    std::string_view type_name;
    bp_kind kind;
    bool is_attribute;
    uint64_t present;
    uint64_t distinct;

    explicit Column(const bp_column_info &info)
        : name(view(info.name)), type_name(view(info.type_name)), kind(info.kind),
          is_attribute(info.is_attribute != 0), present(info.present), distinct(info.distinct) {}
};

// A shared list of blocks.
class Blocks {
  public:
    explicit Blocks(bp_blocks *blocks) : blocks_(blocks) {}

    // One block, copied.
    static Result<Blocks> open_memory(ByteView bytes) {
        return open_memory(bytes, nullptr, nullptr);
    }
    // One block, in place until drop(ctx) is called.
    static Result<Blocks> open_memory(ByteView bytes, bp_drop_fn drop, void *ctx) {
        return detail::make<Blocks, bp_blocks>([&](bp_blocks **out, bp_error **err) {
            return bp_blocks_open_memory(raw(bytes), drop, ctx, out, err);
        });
    }
    static Result<Blocks> join(const std::vector<const Blocks *> &lists) {
        std::vector<const bp_blocks *> handles;
        for (const Blocks *list : lists) {
            handles.push_back(list->get());
        }
        return detail::make<Blocks, bp_blocks>([&](bp_blocks **out, bp_error **err) {
            return bp_blocks_join(handles.data(), handles.size(), out, err);
        });
    }

    size_t size() const { return bp_blocks_len(get()); }
    uint64_t span_count() const { return bp_blocks_span_count(get()); }
    uint64_t bytes_held() const { return bp_blocks_bytes_held(get()); }
    Result<bp_block_info> info(size_t block) const {
        return detail::fill(bp_block_info BP_BLOCK_INFO_INIT, [&](bp_block_info *out, bp_error **err) {
            return bp_blocks_info(get(), block, out, err);
        });
    }
    Result<ByteView> bytes(size_t block) const {
        bp_bytes bytes;
        bp_error *error = nullptr;
        Status status = bp_blocks_bytes(get(), block, &bytes, &error);
        if (status != BP_OK) {
            return Error(status, error);
        }
        return view(bytes);
    }
    Result<std::vector<Column>> columns(size_t block) const {
        return detail::collect<bp_column_info, Column>(
            [&](size_t first, bp_column_info *out, size_t cap, size_t *count, bp_error **err) {
                return bp_blocks_columns(get(), block, first, out, cap, count, err);
            });
    }
    void release() { bp_blocks_release(get()); }
    bool is_released() const { return bp_blocks_is_released(get()); }
    bp_blocks *get() const { return blocks_.get(); }

  private:
    detail::Owner<bp_blocks, bp_blocks_free> blocks_;
};

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

// ---- Files

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
    // Compares every checksum.
    Result<void> verify() const {
        return detail::attempt([&](bp_error **err) { return bp_reader_verify(get(), err); });
    }
    bp_reader *get() const { return reader_.get(); }

  private:
    detail::Owner<bp_reader, bp_reader_free> reader_;
};

}  // namespace blockpack

#endif  // BLOCKPACK_HPP
