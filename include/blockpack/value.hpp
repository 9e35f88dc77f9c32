// Typed values. Part of blockpack.hpp.
#ifndef BLOCKPACK_VALUE_HPP
#define BLOCKPACK_VALUE_HPP

#include "result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace blockpack {

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
    // Of fields of events and links: which event or link of the span, from 0. Else 0.
    uint32_t item() const { return raw_.item; }
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

// Runs `call(&matrix, &error)` on a matrix of `rows` rows. Of more than the `most` there are, which the call
// refuses, it has as many: no number of rows is too large to be told so.
template <class Matrix, class Columns, class Call>
Result<Matrix> fill_rows(size_t rows, uint64_t most, const Columns &columns, Call &&call) {
    Matrix matrix(rows < most ? rows : static_cast<size_t>(most), columns.size());
    bp_error *error = nullptr;
    Status status = call(&matrix, &error);
    if (status != BP_OK) {
        return Error(status, error);
    }
    return matrix;
}

}  // namespace detail

}  // namespace blockpack

#endif  // BLOCKPACK_VALUE_HPP
