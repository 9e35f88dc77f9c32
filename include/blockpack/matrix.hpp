// Fields of many spans, column by column. Part of blockpack.hpp.
#ifndef BLOCKPACK_MATRIX_HPP
#define BLOCKPACK_MATRIX_HPP

#include "sets.hpp"

#include <cstring>
#include <string_view>

namespace blockpack {

// The values of one column of a ColumnMatrix, one for each span. Views, until the matrix is filled
// again or goes.
class ColumnValues {
  public:
    explicit ColumnValues(const bp_column_values &values) : values_(values) {}

    size_t size() const { return values_.len; }
    // Spans that have a value.
    size_t present() const { return values_.present; }
    // The kind of all values; BP_KIND_ABSENT if there are several.
    bp_kind kind() const { return values_.kind; }
    // `span` must be in range.
    bp_kind kind(size_t span) const { return values_.kinds[span]; }
    // The bits of a number, the number of an entry of anything else.
    uint64_t number(size_t span) const { return values_.numbers[span]; }
    int64_t i64(size_t span) const { return static_cast<int64_t>(number(span)); }
    double f64(size_t span) const {
        uint64_t bits = number(span);
        double value;
        std::memcpy(&value, &bits, sizeof value);
        return value;
    }
    // Text, or the bytes of an id and so on. The span's value must be one that has bytes.
    std::string_view text(size_t span) const {
        size_t entry = static_cast<size_t>(number(span));
        size_t start = static_cast<size_t>(values_.ends[entry]);
        return {reinterpret_cast<const char *>(values_.bytes) + start,
                static_cast<size_t>(values_.ends[entry + 1]) - start};
    }
    // As C has it: the arrays.
    const bp_column_values &raw() const { return values_; }

  private:
    bp_column_values values_;
};

// Fields of many spans as arrays, a few for each name, in memory that is used again.
class ColumnMatrix {
  public:
    static Result<ColumnMatrix> create() { return detail::make<ColumnMatrix, bp_matrix>(bp_matrix_new); }
    explicit ColumnMatrix(bp_matrix *matrix) : matrix_(matrix) {}

    // Reads `count` spans from number `first` on, fewer if there are no more; how many there were.
    Result<size_t> fill(const SpanSet &spans, uint64_t first, size_t count, const Columns &columns) {
        bp_error *error = nullptr;
        Status status = bp_matrix_fill(get(), spans.get(), first, count, columns.get(), &error);
        if (status >= BP_ERR_FIRST) {
            return Error(status, error);
        }
        return size();
    }
    size_t size() const { return bp_matrix_len(get()); }
    Result<ColumnValues> column(size_t index) const {
        bp_column_values values;
        bp_error *error = nullptr;
        Status status = bp_matrix_column(get(), index, &values, &error);
        if (status >= BP_ERR_FIRST) {
            return Error(status, error);
        }
        return ColumnValues(values);
    }
    bp_matrix *get() const { return matrix_.get(); }

  private:
    detail::Owner<bp_matrix, bp_matrix_free> matrix_;
};

}  // namespace blockpack

#endif  // BLOCKPACK_MATRIX_HPP
