// Views of other memory, errors, and results. Part of blockpack.hpp.
#ifndef BLOCKPACK_RESULT_HPP
#define BLOCKPACK_RESULT_HPP

#include "../blockpack.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace blockpack {

using Status = bp_status;


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
    Error take_error() { return std::move(*std::get_if<1>(&state_)); }

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
    // Each part is as long as all before: some calls have to pass by what they gave already.
    for (std::vector<T> part(64);; part.resize(2 * part.size())) {
        size_t count = 0;
        bp_error *error = nullptr;
        Status status = call(all.size(), part.data(), part.size(), &count, &error);
        if (status >= BP_ERR_FIRST) {
            return Error(status, error);
        }
        for (size_t i = 0; i < count; i++) {
            all.emplace_back(part[i]);
        }
        if (status == BP_DONE || count < part.size()) {
            return all;
        }
    }
}

}  // namespace detail

}  // namespace blockpack

#endif  // BLOCKPACK_RESULT_HPP
