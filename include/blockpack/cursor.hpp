// Searches with queries, batch by batch. Part of blockpack.hpp.
#ifndef BLOCKPACK_CURSOR_HPP
#define BLOCKPACK_CURSOR_HPP

#include "match_set.hpp"
#include "query.hpp"

#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

namespace blockpack {

// A search that runs. As a range it gives its batches; one that failed is the last:
//
//     for (Result<MatchSet> &batch : cursor) {
//         if (!batch) ...
//     }
class Cursor {
  public:
    explicit Cursor(bp_cursor *cursor) : cursor_(cursor) {}

    static Result<Cursor> open(const Query &query, const Blocks &blocks,
                               const bp_search_options &options = BP_SEARCH_OPTIONS_INIT) {
        return detail::make<Cursor, bp_cursor>([&](bp_cursor **out, bp_error **err) {
            return bp_cursor_new(query.get(), blocks.get(), &options, out, err);
        });
    }

    // The next traces, at most so many, or as many as were found together; nothing at the end.
    Result<std::optional<MatchSet>> next(size_t max_traces = 0) {
        bp_match_set *set = nullptr;
        bp_error *error = nullptr;
        Status status = bp_cursor_next(get(), max_traces, &set, &error);
        if (status >= BP_ERR_FIRST) {
            return Error(status, error);
        }
        return set ? std::optional<MatchSet>(MatchSet(set)) : std::nullopt;
    }

    // What it points at is the cursor's, and there until it goes on.
    class Iterator {
      public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Result<MatchSet>;
        using difference_type = std::ptrdiff_t;
        using pointer = value_type *;
        using reference = value_type &;

        explicit Iterator(Cursor *cursor) : cursor_(cursor) {}

        reference operator*() const { return *cursor_->batch_; }
        pointer operator->() const { return &*cursor_->batch_; }
        Iterator &operator++() {
            if (!cursor_->advance()) {
                cursor_ = nullptr;
            }
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(Iterator a, Iterator b) { return a.cursor_ == b.cursor_; }
        friend bool operator!=(Iterator a, Iterator b) { return a.cursor_ != b.cursor_; }

      private:
        Cursor *cursor_;
    };
    // Searches on; a cursor is gone through once, and is not moved meanwhile.
    Iterator begin() { return Iterator(advance() ? this : nullptr); }
    Iterator end() { return Iterator(nullptr); }

    Result<bp_search_stats> stats() const {
        return detail::fill(bp_search_stats BP_SEARCH_STATS_INIT,
                            [&](bp_search_stats *out, bp_error **err) {
                                return bp_cursor_stats(get(), out, err);
                            });
    }
    // How the query is answered, and what its parts did so far.
    Result<Explanation> explain() const {
        return detail::make<Explanation, bp_explanation>([&](bp_explanation **out, bp_error **err) {
            return bp_cursor_explain(get(), out, err);
        });
    }
    bp_cursor *get() const { return cursor_.get(); }

  private:
    // Gets the next batch, or why there is none; whether there is either.
    bool advance() {
        bool failed = batch_ && !batch_->ok();
        batch_.reset();
        if (failed) {
            return false;
        }
        Result<std::optional<MatchSet>> found = next();
        if (!found) {
            batch_.emplace(found.take_error());
        } else if (*found) {
            batch_.emplace(std::move(**found));
        }
        return batch_.has_value();
    }

    detail::Owner<bp_cursor, bp_cursor_free> cursor_;
    std::optional<Result<MatchSet>> batch_;
};

}  // namespace blockpack

#endif  // BLOCKPACK_CURSOR_HPP
