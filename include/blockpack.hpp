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
    Error take_error() { return std::move(*error_); }

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

// Collects what `call(out, cap, &count, &error)` gives at once, at most `cap` items.
template <class T, class Call>
Result<std::vector<T>> fill_array(size_t cap, Call &&call) {
    std::vector<T> all(cap);
    size_t count = 0;
    bp_error *error = nullptr;
    Status status = call(all.data(), cap, &count, &error);
    if (status >= BP_ERR_FIRST) {
        return Error(status, error);
    }
    all.resize(count);
    return all;
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
    // For people.
    std::string to_string() const {
        size_t length = 0;
        std::string text(64, '\0');
        for (;;) {
            if (bp_value_format(&raw_, text.data(), text.size(), &length, nullptr) != BP_OK) {
                return {};
            }
            bool fits = length <= text.size();
            text.resize(length);
            if (fits) {
                return text;
            }
        }
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

namespace detail {

inline std::vector<bp_value> raws(const std::vector<Value> &values) {
    std::vector<bp_value> raws;
    for (const Value &value : values) {
        raws.push_back(value.raw());
    }
    return raws;
}

// The callback of streams: `ctx` is the callable. It must not throw.
template <class Each>
int32_t on_rows(void *ctx, uint32_t block, const uint32_t *rows, size_t count) noexcept {
    return (*static_cast<Each *>(ctx))(block, rows, count) ? 0 : 1;
}

// Runs `call(&matrix, &error)` on a matrix of `rows` rows.
template <class Matrix, class Columns, class Call>
Result<Matrix> fill_rows(size_t rows, const Columns &columns, Call &&call) {
    Matrix matrix(rows, columns.size());
    bp_error *error = nullptr;
    Status status = call(&matrix, &error);
    if (status != BP_OK) {
        return Error(status, error);
    }
    return matrix;
}

}  // namespace detail

// ---- Fields

// Names of fields, compiled once. Shared by threads once they are used.
class Columns {
  public:
    explicit Columns(bp_columns *columns) : columns_(columns) {}

    static Result<Columns> create(const std::vector<std::string_view> &names) {
        auto columns = detail::make<Columns, bp_columns>(
            [&](bp_columns **out, bp_error **err) { return bp_columns_new(out, err); });
        for (std::string_view name : names) {
            if (!columns) {
                break;
            }
            bp_error *error = nullptr;
            Status status = bp_columns_add(columns->get(), raw(name), &error);
            if (status != BP_OK) {
                return Error(status, error);
            }
        }
        return columns;
    }

    size_t size() const { return bp_columns_len(get()); }
    bp_columns *get() const { return columns_.get(); }

  private:
    detail::Owner<bp_columns, bp_columns_free> columns_;
};

// Values of many spans: a row for each span, a column for each name. Views, as Value is.
class Matrix {
  public:
    Matrix(size_t rows, size_t columns) : cells_(rows * columns), rows_(rows), columns_(columns) {}

    size_t rows() const { return rows_; }
    size_t columns() const { return columns_; }
    // Row and column must be in range.
    Value at(size_t row, size_t column) const { return Value(cells_[row * columns_ + column]); }
    bp_value *data() { return cells_.data(); }
    size_t size() const { return cells_.size(); }

  private:
    std::vector<bp_value> cells_;
    size_t rows_;
    size_t columns_;
};

class Blocks;

// The fields of one span, until they are released.
class LazyFields {
  public:
    explicit LazyFields(bp_lazy_fields *fields) : fields_(fields) {}

    static inline Result<LazyFields> open(const Blocks &blocks, size_t block, uint32_t row);
    // Points this handle at another span.
    inline Result<void> seek(const Blocks &blocks, size_t block, uint32_t row);

    // An absent value if the span has no such field.
    Result<Value> get(std::string_view name) const {
        bp_value value;
        bp_error *error = nullptr;
        Status status = bp_lazy_fields_get(get(), raw(name), &value, &error);
        if (status >= BP_ERR_FIRST) {
            return Error(status, error);
        }
        return Value(value);
    }
    // One row.
    Result<Matrix> get_many(const Columns &columns) const {
        return detail::fill_rows<Matrix>(1, columns, [&](Matrix *out, bp_error **err) {
            return bp_lazy_fields_get_many(get(), columns.get(), out->data(), out->size(), err);
        });
    }
    // The next fields into `out`; how many there were, 0 at the end.
    Result<size_t> next(bp_field *out, size_t cap) {
        size_t count = 0;
        bp_error *error = nullptr;
        Status status = bp_lazy_fields_next(get(), out, cap, &count, &error);
        if (status >= BP_ERR_FIRST) {
            return Error(status, error);
        }
        return count;
    }
    Result<void> rewind() {
        return detail::attempt([&](bp_error **err) { return bp_lazy_fields_rewind(get(), err); });
    }
    // All fields, from the first on.
    Result<std::vector<Field>> all() {
        if (Result<void> at_start = rewind(); !at_start) {
            return at_start.take_error();
        }
        return detail::collect<bp_field, Field>(
            [&](size_t, bp_field *out, size_t cap, size_t *count, bp_error **err) {
                return bp_lazy_fields_next(get(), out, cap, count, err);
            });
    }
    // Answers from a copy from now on, without the blocks.
    Result<void> detach() {
        return detail::attempt([&](bp_error **err) { return bp_lazy_fields_detach(get(), err); });
    }
    bp_span span() const { return bp_lazy_fields_span(get()); }
    void release() { bp_lazy_fields_release(get()); }
    bool is_released() const { return bp_lazy_fields_is_released(get()); }
    bp_lazy_fields *get() const { return fields_.get(); }

  private:
    detail::Owner<bp_lazy_fields, bp_lazy_fields_free> fields_;
};

// ---- Sets

// Rows of one block.
class RowSet {
  public:
    explicit RowSet(bp_row_set *set) : set_(set) {}

    uint64_t count() const { return bp_row_set_count(get()); }
    uint64_t block_rows() const { return bp_row_set_block_rows(get()); }
    size_t block() const { return bp_row_set_block(get()); }
    std::string_view column() const { return view(bp_row_set_column(get())); }
    bool contains(uint32_t row) const { return bp_row_set_contains(get(), row); }
    // All rows, ascending.
    std::vector<uint32_t> rows() const {
        std::vector<uint32_t> rows(static_cast<size_t>(count()));
        size_t filled = 0;
        // With a live handle and enough room this cannot fail.
        static_cast<void>(
            bp_row_set_rows(get(), 0, rows.data(), rows.size(), &filled, nullptr) == BP_OK);
        return rows;
    }
    // Calls `each(const uint32_t *rows, size_t count)` for up to `batch` rows at a time.
    template <class Each>
    void for_each_batch(size_t batch, Each &&each) const {
        std::vector<uint32_t> rows(batch);
        uint32_t from = 0;
        size_t filled = 0;
        while (bp_row_set_rows(get(), from, rows.data(), batch, &filled, nullptr) == BP_OK && filled > 0) {
            each(static_cast<const uint32_t *>(rows.data()), filled);
            if (rows[filled - 1] == UINT32_MAX) {
                break;
            }
            from = rows[filled - 1] + 1;
        }
    }
    Result<RowSet> intersect(const RowSet &other) const { return combine(bp_row_set_and, other); }
    Result<RowSet> unite(const RowSet &other) const { return combine(bp_row_set_or, other); }
    Result<RowSet> subtract(const RowSet &other) const { return combine(bp_row_set_minus, other); }
    Result<RowSet> complement() const {
        return detail::make<RowSet, bp_row_set>(
            [&](bp_row_set **out, bp_error **err) { return bp_row_set_not(get(), out, err); });
    }
    Result<LazyFields> fields(uint32_t row) const {
        return detail::make<LazyFields, bp_lazy_fields>([&](bp_lazy_fields **out, bp_error **err) {
            return bp_row_set_fields(get(), row, out, err);
        });
    }
    void release() { bp_row_set_release(get()); }
    bool is_released() const { return bp_row_set_is_released(get()); }
    bp_row_set *get() const { return set_.get(); }

  private:
    template <class Function>
    Result<RowSet> combine(Function function, const RowSet &other) const {
        return detail::make<RowSet, bp_row_set>([&](bp_row_set **out, bp_error **err) {
            return function(get(), other.get(), out, err);
        });
    }

    detail::Owner<bp_row_set, bp_row_set_free> set_;
};

// A row, and the columns that matched it: bit i for column i.
struct MatchedRow {
    uint32_t row;
    uint64_t columns;
};

// Rows of one block that a combination of scans found, and by which columns.
class SpanMatches {
  public:
    explicit SpanMatches(bp_span_matches *matches) : matches_(matches) {}

    static Result<SpanMatches> any_of(const std::vector<const RowSet *> &sets) {
        return of<bp_row_set>(bp_row_sets_or, sets);
    }
    static Result<SpanMatches> all_of(const std::vector<const RowSet *> &sets) {
        return of<bp_row_set>(bp_row_sets_and, sets);
    }
    static Result<SpanMatches> unite(const std::vector<const SpanMatches *> &matches) {
        return of<bp_span_matches>(bp_span_matches_or, matches);
    }
    static Result<SpanMatches> intersect(const std::vector<const SpanMatches *> &matches) {
        return of<bp_span_matches>(bp_span_matches_and, matches);
    }

    uint64_t count() const { return bp_span_matches_count(get()); }
    size_t column_count() const { return bp_span_matches_column_count(get()); }
    std::string_view column(size_t index) const { return view(bp_span_matches_column(get(), index)); }
    bool contains(uint32_t row) const { return bp_span_matches_contains(get(), row); }
    bool by_column(uint32_t row, size_t column) const {
        return bp_span_matches_by_column(get(), row, column);
    }
    // All rows, ascending, each with its columns; of more than 64 columns the first 64.
    std::vector<MatchedRow> rows() const {
        std::vector<uint32_t> rows(static_cast<size_t>(count()));
        std::vector<uint64_t> masks(rows.size());
        size_t filled = 0;
        // With a live handle and enough room this cannot fail.
        static_cast<void>(bp_span_matches_rows(get(), 0, rows.data(), masks.data(), rows.size(),
                                               &filled, nullptr) == BP_OK);
        std::vector<MatchedRow> all;
        for (size_t i = 0; i < filled; i++) {
            all.push_back({rows[i], masks[i]});
        }
        return all;
    }
    Result<RowSet> row_set() const {
        return detail::make<RowSet, bp_row_set>([&](bp_row_set **out, bp_error **err) {
            return bp_span_matches_row_set(get(), out, err);
        });
    }
    // Only what matched is visible, and what always is.
    Result<LazyFields> fields(uint32_t row) const {
        return detail::make<LazyFields, bp_lazy_fields>([&](bp_lazy_fields **out, bp_error **err) {
            return bp_span_matches_fields(get(), row, out, err);
        });
    }
    void release() { bp_span_matches_release(get()); }
    bool is_released() const { return bp_span_matches_is_released(get()); }
    bp_span_matches *get() const { return matches_.get(); }

  private:
    template <class H, class Function, class Part>
    static Result<SpanMatches> of(Function function, const std::vector<const Part *> &parts) {
        std::vector<const H *> handles;
        for (const Part *part : parts) {
            handles.push_back(part->get());
        }
        return detail::make<SpanMatches, bp_span_matches>(
            [&](bp_span_matches **out, bp_error **err) {
                return function(handles.data(), handles.size(), out, err);
            });
    }

    detail::Owner<bp_span_matches, bp_span_matches_free> matches_;
};

// Spans of a list of blocks, numbered in their order.
class SpanSet {
  public:
    explicit SpanSet(bp_span_set *set) : set_(set) {}

    // These spans.
    static inline Result<SpanSet> of(const Blocks &blocks, const std::vector<bp_span> &spans);
    // All spans.
    static inline Result<SpanSet> all(const Blocks &blocks);
    // The rows that any of these sets has.
    static inline Result<SpanSet> of_rows(const Blocks &blocks, const std::vector<const RowSet *> &sets);

    uint64_t count() const { return bp_span_set_count(get()); }
    bool contains(bp_span span) const { return bp_span_set_contains(get(), span); }
    Result<std::vector<bp_span>> spans() const {
        return detail::collect<bp_span>(
            [&](size_t first, bp_span *out, size_t cap, size_t *count, bp_error **err) {
                return bp_span_set_spans(get(), first, out, cap, count, err);
            });
    }
    Result<std::vector<bp_span_ids>> ids() const {
        return detail::collect<bp_span_ids>(
            [&](size_t first, bp_span_ids *out, size_t cap, size_t *count, bp_error **err) {
                return bp_span_set_ids(get(), first, out, cap, count, err);
            });
    }
    // Fields of `count` spans from number `first` on.
    Result<Matrix> values(uint64_t first, size_t count, const Columns &columns) const {
        return detail::fill_rows<Matrix>(count, columns, [&](Matrix *out, bp_error **err) {
            return bp_span_set_values(get(), first, count, columns.get(), out->data(), out->size(), err);
        });
    }
    Result<LazyFields> fields(uint64_t index) const {
        return detail::make<LazyFields, bp_lazy_fields>([&](bp_lazy_fields **out, bp_error **err) {
            return bp_span_set_fields(get(), index, out, err);
        });
    }
    Result<RowSet> row_set(size_t block) const {
        return detail::make<RowSet, bp_row_set>([&](bp_row_set **out, bp_error **err) {
            return bp_span_set_row_set(get(), block, out, err);
        });
    }
    inline Result<Blocks> blocks() const;
    Result<SpanSet> intersect(const SpanSet &other) const { return combine(bp_span_set_and, other); }
    Result<SpanSet> unite(const SpanSet &other) const { return combine(bp_span_set_or, other); }
    Result<SpanSet> subtract(const SpanSet &other) const { return combine(bp_span_set_minus, other); }
    Result<SpanSet> complement() const {
        return detail::make<SpanSet, bp_span_set>(
            [&](bp_span_set **out, bp_error **err) { return bp_span_set_not(get(), out, err); });
    }
    // This set on the left of one of BP_STRUCTURAL_...
    Result<SpanSet> structural(bp_structural_op op, const SpanSet &right, uint32_t flags = 0) const {
        return detail::make<SpanSet, bp_span_set>([&](bp_span_set **out, bp_error **err) {
            return bp_span_set_structural(get(), op, right.get(), flags, out, err);
        });
    }
    void release() { bp_span_set_release(get()); }
    bool is_released() const { return bp_span_set_is_released(get()); }
    bp_span_set *get() const { return set_.get(); }

  private:
    template <class Function>
    Result<SpanSet> combine(Function function, const SpanSet &other) const {
        return detail::make<SpanSet, bp_span_set>([&](bp_span_set **out, bp_error **err) {
            return function(get(), other.get(), out, err);
        });
    }

    detail::Owner<bp_span_set, bp_span_set_free> set_;
};

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

class TraceGraphs;

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
    // The spans of all blocks whose column has a value that `op` (BP_OP_...) holds for.
    Result<SpanSet> scan(std::string_view column, bp_op op, const std::vector<Value> &operands) const {
        std::vector<bp_value> raws = detail::raws(operands);
        return detail::make<SpanSet, bp_span_set>([&](bp_span_set **out, bp_error **err) {
            return bp_blocks_scan(get(), raw(column), op, raws.data(), raws.size(), out, err);
        });
    }
    // As scan, but calls `each(uint32_t block, const uint32_t *rows, size_t count)` as blocks are
    // scanned. It returns whether to go on; when not, the result is BP_ERR_STOPPED.
    template <class Each>
    Result<void> stream(std::string_view column, bp_op op, const std::vector<Value> &operands,
                        size_t batch, Each &&each) const {
        std::vector<bp_value> raws = detail::raws(operands);
        return detail::attempt([&](bp_error **err) {
            return bp_blocks_stream(get(), raw(column), op, raws.data(), raws.size(), batch,
                                    detail::on_rows<std::remove_reference_t<Each>>, &each, err);
        });
    }
    // Threads that scan and stream use; 0 stands for as many as there are processors.
    Result<void> set_scan_threads(size_t threads) {
        return detail::attempt(
            [&](bp_error **err) { return bp_blocks_set_scan_threads(get(), threads, err); });
    }
    // What the scans of the list and of its scanners did so far.
    Result<bp_scan_stats> scan_stats() const {
        return detail::fill(bp_scan_stats BP_SCAN_STATS_INIT, [&](bp_scan_stats *out, bp_error **err) {
            return bp_blocks_scan_stats(get(), out, err);
        });
    }
    // What share of rows they matched in a column with operators like `op`.
    Result<bp_observation> observed(std::string_view column, bp_op op) const {
        return detail::fill(bp_observation BP_OBSERVATION_INIT,
                            [&](bp_observation *out, bp_error **err) {
                                return bp_blocks_observed(get(), raw(column), op, out, err);
                            });
    }
    Result<void> reset_scan_stats() {
        return detail::attempt(
            [&](bp_error **err) { return bp_blocks_reset_scan_stats(get(), err); });
    }
    // The graphs of all traces, or of those that have a span in `spans`.
    inline Result<TraceGraphs> trace_graphs() const;
    inline Result<TraceGraphs> trace_graphs(const SpanSet &spans) const;
    void release() { bp_blocks_release(get()); }
    bool is_released() const { return bp_blocks_is_released(get()); }
    bp_blocks *get() const { return blocks_.get(); }

  private:
    detail::Owner<bp_blocks, bp_blocks_free> blocks_;
};

Result<LazyFields> LazyFields::open(const Blocks &blocks, size_t block, uint32_t row) {
    return detail::make<LazyFields, bp_lazy_fields>([&](bp_lazy_fields **out, bp_error **err) {
        return bp_lazy_fields_new(blocks.get(), block, row, out, err);
    });
}

Result<void> LazyFields::seek(const Blocks &blocks, size_t block, uint32_t row) {
    return detail::attempt(
        [&](bp_error **err) { return bp_lazy_fields_seek(get(), blocks.get(), block, row, err); });
}

Result<SpanSet> SpanSet::of(const Blocks &blocks, const std::vector<bp_span> &spans) {
    return detail::make<SpanSet, bp_span_set>([&](bp_span_set **out, bp_error **err) {
        return bp_span_set_new(blocks.get(), spans.data(), spans.size(), out, err);
    });
}

Result<SpanSet> SpanSet::all(const Blocks &blocks) {
    return detail::make<SpanSet, bp_span_set>([&](bp_span_set **out, bp_error **err) {
        return bp_span_set_all(blocks.get(), out, err);
    });
}

Result<SpanSet> SpanSet::of_rows(const Blocks &blocks, const std::vector<const RowSet *> &sets) {
    std::vector<const bp_row_set *> handles;
    for (const RowSet *set : sets) {
        handles.push_back(set->get());
    }
    return detail::make<SpanSet, bp_span_set>([&](bp_span_set **out, bp_error **err) {
        return bp_span_set_of_rows(blocks.get(), handles.data(), handles.size(), out, err);
    });
}

Result<Blocks> SpanSet::blocks() const {
    return detail::make<Blocks, bp_blocks>(
        [&](bp_blocks **out, bp_error **err) { return bp_span_set_blocks(get(), out, err); });
}

// Scans columns of one block.
class ColumnScanner {
  public:
    explicit ColumnScanner(bp_column_scanner *scanner) : scanner_(scanner) {}

    static Result<ColumnScanner> create(const Blocks &blocks, size_t block) {
        return detail::make<ColumnScanner, bp_column_scanner>(
            [&](bp_column_scanner **out, bp_error **err) {
                return bp_column_scanner_new(blocks.get(), block, out, err);
            });
    }

    // Any operator, BP_OP_...
    Result<RowSet> scan(std::string_view column, bp_op op, const std::vector<Value> &operands) const {
        std::vector<bp_value> raws = detail::raws(operands);
        return detail::make<RowSet, bp_row_set>([&](bp_row_set **out, bp_error **err) {
            return bp_column_scanner_scan(get(), raw(column), op, raws.data(), raws.size(), out, err);
        });
    }
    Result<RowSet> equal(std::string_view column, Value value) const {
        return scan(column, BP_OP_EQUAL, {value});
    }
    Result<RowSet> not_equal(std::string_view column, Value value) const {
        return scan(column, BP_OP_NOT_EQUAL, {value});
    }
    Result<RowSet> less(std::string_view column, Value value) const {
        return scan(column, BP_OP_LESS, {value});
    }
    Result<RowSet> less_equal(std::string_view column, Value value) const {
        return scan(column, BP_OP_LESS_EQUAL, {value});
    }
    Result<RowSet> greater(std::string_view column, Value value) const {
        return scan(column, BP_OP_GREATER, {value});
    }
    Result<RowSet> greater_equal(std::string_view column, Value value) const {
        return scan(column, BP_OP_GREATER_EQUAL, {value});
    }
    Result<RowSet> between(std::string_view column, Value from, Value to) const {
        return scan(column, BP_OP_BETWEEN, {from, to});
    }
    Result<RowSet> in(std::string_view column, const std::vector<Value> &values) const {
        return scan(column, BP_OP_IN, values);
    }
    Result<RowSet> not_in(std::string_view column, const std::vector<Value> &values) const {
        return scan(column, BP_OP_NOT_IN, values);
    }
    Result<RowSet> regex(std::string_view column, std::string_view pattern) const {
        return scan(column, BP_OP_REGEX, {pattern});
    }
    Result<RowSet> not_regex(std::string_view column, std::string_view pattern) const {
        return scan(column, BP_OP_NOT_REGEX, {pattern});
    }
    Result<RowSet> contains(std::string_view column, Value part) const {
        return scan(column, BP_OP_CONTAINS, {part});
    }
    Result<RowSet> starts_with(std::string_view column, Value part) const {
        return scan(column, BP_OP_STARTS_WITH, {part});
    }
    Result<RowSet> ends_with(std::string_view column, Value part) const {
        return scan(column, BP_OP_ENDS_WITH, {part});
    }
    Result<RowSet> equal_ignoring_case(std::string_view column, std::string_view text) const {
        return scan(column, BP_OP_EQUAL_IGNORING_CASE, {text});
    }
    Result<RowSet> is_null(std::string_view column) const { return scan(column, BP_OP_IS_NULL, {}); }
    Result<RowSet> is_not_null(std::string_view column) const {
        return scan(column, BP_OP_IS_NOT_NULL, {});
    }
    // As Blocks::stream, of this block.
    template <class Each>
    Result<void> stream(std::string_view column, bp_op op, const std::vector<Value> &operands,
                        size_t batch, Each &&each) const {
        std::vector<bp_value> raws = detail::raws(operands);
        return detail::attempt([&](bp_error **err) {
            return bp_column_scanner_stream(get(), raw(column), op, raws.data(), raws.size(), batch,
                                            detail::on_rows<std::remove_reference_t<Each>>, &each,
                                            err);
        });
    }
    Result<bp_scan_stats> stats() const {
        return detail::fill(bp_scan_stats BP_SCAN_STATS_INIT, [&](bp_scan_stats *out, bp_error **err) {
            return bp_column_scanner_stats(get(), out, err);
        });
    }
    void release() { bp_column_scanner_release(get()); }
    bool is_released() const { return bp_column_scanner_is_released(get()); }
    bp_column_scanner *get() const { return scanner_.get(); }

  private:
    detail::Owner<bp_column_scanner, bp_column_scanner_free> scanner_;
};

// ---- Trace graphs

// The graph of one trace; nodes are numbered in pre-order.
class TraceGraph {
  public:
    explicit TraceGraph(bp_trace_graph *graph) : graph_(graph) {}

    size_t size() const { return bp_trace_graph_len(get()); }
    Result<bp_trace_info> info() const {
        return detail::fill(bp_trace_info BP_TRACE_INFO_INIT, [&](bp_trace_info *out, bp_error **err) {
            return bp_trace_graph_info(get(), out, err);
        });
    }
    // A view of the parents of all nodes, BP_NO_PARENT where there is none.
    Result<bp_u32s> parents() const {
        return detail::fill(bp_u32s{nullptr, 0}, [&](bp_u32s *out, bp_error **err) {
            return bp_trace_graph_parents(get(), out, err);
        });
    }
    Result<std::vector<bp_trace_node>> nodes() const {
        return detail::collect<bp_trace_node>(
            [&](size_t first, bp_trace_node *out, size_t cap, size_t *count, bp_error **err) {
                return bp_trace_graph_nodes(get(), first, out, cap, count, err);
            });
    }
    Result<std::vector<uint32_t>> children(uint32_t node) const {
        return detail::collect<uint32_t>(
            [&](size_t skip, uint32_t *out, size_t cap, size_t *count, bp_error **err) {
                return bp_trace_graph_children(get(), node, skip, out, cap, count, err);
            });
    }
    Result<std::vector<uint32_t>> roots() const {
        return detail::collect<uint32_t>(
            [&](size_t skip, uint32_t *out, size_t cap, size_t *count, bp_error **err) {
                return bp_trace_graph_roots(get(), skip, out, cap, count, err);
            });
    }
    Result<std::vector<uint32_t>> orphans() const {
        return detail::collect<uint32_t>(
            [&](size_t skip, uint32_t *out, size_t cap, size_t *count, bp_error **err) {
                return bp_trace_graph_orphans(get(), skip, out, cap, count, err);
            });
    }
    // Services that took part, by their number of spans.
    Result<std::vector<bp_trace_service>> services() const {
        return detail::collect<bp_trace_service>(
            [&](size_t skip, bp_trace_service *out, size_t cap, size_t *count, bp_error **err) {
                return bp_trace_graph_services(get(), skip, out, cap, count, err);
            });
    }
    // When and where the span of each node ran.
    Result<std::vector<bp_trace_timing>> timings() const {
        return detail::fill_array<bp_trace_timing>(
            size(), [&](bp_trace_timing *out, size_t cap, size_t *count, bp_error **err) {
                return bp_trace_graph_timings(get(), 0, out, cap, count, err);
            });
    }
    // What the end of a node was waiting for, in order of time.
    Result<std::vector<bp_path_segment>> critical_path(uint32_t node = BP_MAIN_NODE) const {
        return detail::fill_array<bp_path_segment>(
            2 * size(), [&](bp_path_segment *out, size_t cap, size_t *count, bp_error **err) {
                return bp_trace_graph_critical_path(get(), node, 0, out, cap, count, err);
            });
    }
    Result<LazyFields> fields(uint32_t node) const {
        return detail::make<LazyFields, bp_lazy_fields>([&](bp_lazy_fields **out, bp_error **err) {
            return bp_trace_graph_fields(get(), node, out, err);
        });
    }
    // Fields of all nodes.
    Result<Matrix> values(const Columns &columns) const {
        return detail::fill_rows<Matrix>(size(), columns, [&](Matrix *out, bp_error **err) {
            return bp_trace_graph_values(get(), 0, size(), columns.get(), out->data(), out->size(), err);
        });
    }
    void release() { bp_trace_graph_release(get()); }
    bool is_released() const { return bp_trace_graph_is_released(get()); }
    bp_trace_graph *get() const { return graph_.get(); }

  private:
    detail::Owner<bp_trace_graph, bp_trace_graph_free> graph_;
};

// Calls between services.
class ServiceGraph {
  public:
    explicit ServiceGraph(bp_service_graph *graph) : graph_(graph) {}

    // How many edges there are.
    size_t size() const { return bp_service_graph_len(get()); }
    Result<std::vector<bp_service_edge>> edges() const {
        return detail::fill_array<bp_service_edge>(
            size(), [&](bp_service_edge *out, size_t cap, size_t *count, bp_error **err) {
                return bp_service_graph_edges(get(), 0, out, cap, count, err);
            });
    }
    // Names of all services; the first is empty and stands for spans without one.
    Result<std::vector<bp_str>> services() const {
        return detail::collect<bp_str>(
            [&](size_t first, bp_str *out, size_t cap, size_t *count, bp_error **err) {
                return bp_service_graph_services(get(), first, out, cap, count, err);
            });
    }
    // The duration that a fraction of an edge's calls does not exceed.
    Result<uint64_t> quantile_ns(size_t edge, double fraction) const {
        return detail::fill(uint64_t{0}, [&](uint64_t *out, bp_error **err) {
            return bp_service_graph_quantiles(get(), edge, &fraction, 1, out, err);
        });
    }
    bp_service_graph *get() const { return graph_.get(); }

  private:
    detail::Owner<bp_service_graph, bp_service_graph_free> graph_;
};

// The graphs of many traces.
class TraceGraphs {
  public:
    explicit TraceGraphs(bp_trace_graphs *graphs) : graphs_(graphs) {}

    size_t size() const { return bp_trace_graphs_len(get()); }
    uint64_t span_count() const { return bp_trace_graphs_span_count(get()); }
    Result<TraceGraph> graph(size_t index) const {
        return detail::make<TraceGraph, bp_trace_graph>([&](bp_trace_graph **out, bp_error **err) {
            return bp_trace_graphs_get(get(), index, out, err);
        });
    }
    // The traces in brief, in their order.
    Result<std::vector<bp_trace_summary>> summaries() const {
        return detail::fill_array<bp_trace_summary>(
            size(), [&](bp_trace_summary *out, size_t cap, size_t *count, bp_error **err) {
                return bp_trace_graphs_summaries(get(), 0, out, cap, count, err);
            });
    }
    // How deep and how wide the traces are.
    Result<bp_tree_shape> shape() const {
        return detail::fill(bp_tree_shape BP_TREE_SHAPE_INIT, [&](bp_tree_shape *out, bp_error **err) {
            return bp_trace_graphs_shape(get(), out, nullptr, 0, nullptr, 0, err);
        });
    }
    Result<ServiceGraph> service_graph() const {
        return detail::make<ServiceGraph, bp_service_graph>([&](bp_service_graph **out, bp_error **err) {
            return bp_trace_graphs_service_graph(get(), out, err);
        });
    }
    void release() { bp_trace_graphs_release(get()); }
    bool is_released() const { return bp_trace_graphs_is_released(get()); }
    bp_trace_graphs *get() const { return graphs_.get(); }

  private:
    detail::Owner<bp_trace_graphs, bp_trace_graphs_free> graphs_;
};

Result<TraceGraphs> Blocks::trace_graphs() const {
    return detail::make<TraceGraphs, bp_trace_graphs>([&](bp_trace_graphs **out, bp_error **err) {
        return bp_trace_graphs_build(get(), nullptr, out, err);
    });
}

Result<TraceGraphs> Blocks::trace_graphs(const SpanSet &spans) const {
    return detail::make<TraceGraphs, bp_trace_graphs>([&](bp_trace_graphs **out, bp_error **err) {
        return bp_trace_graphs_build(get(), spans.get(), out, err);
    });
}

// ---- Making blocks and files

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

#endif  // BLOCKPACK_HPP
