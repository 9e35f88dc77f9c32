// Rows of a block and spans of many, and what combines them. Part of blockpack.hpp.
#ifndef BLOCKPACK_SETS_HPP
#define BLOCKPACK_SETS_HPP

#include "fields.hpp"
#include "otlp.hpp"

#include <string_view>
#include <vector>

namespace blockpack {

// Rows of one block.
class RowSet {
  public:
    explicit RowSet(bp_row_set *set) : set_(set) {}

    // These rows of a block, in any order and as often as they come.
    static inline Result<RowSet> of(const Blocks &blocks, size_t block,
                                    const std::vector<uint32_t> &rows);
    // All rows of a block.
    static inline Result<RowSet> all(const Blocks &blocks, size_t block);

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
    // As a bitmap: row r is bit r % 64, lowest first, of word r / 64.
    std::vector<uint64_t> words() const {
        std::vector<uint64_t> words(static_cast<size_t>((block_rows() + 63) / 64));
        // With a live handle and enough room this cannot fail.
        static_cast<void>(bp_row_set_words(get(), words.data(), words.size(), nullptr) == BP_OK);
        return words;
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
        return detail::fill_rows<Matrix>(count, this->count(), columns, [&](Matrix *out, bp_error **err) {
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
    // All that was sent of the spans, in one of BP_OTLP_...
    Result<Buffer> otlp(bp_otlp_format format = BP_OTLP_PROTOBUF) const {
        return detail::make<Buffer, bp_buffer>([&](bp_buffer **out, bp_error **err) {
            return bp_span_set_otlp(get(), format, out, err);
        });
    }
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

}  // namespace blockpack

#endif  // BLOCKPACK_SETS_HPP
