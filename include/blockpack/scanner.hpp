// Scans of one block. Part of blockpack.hpp.
#ifndef BLOCKPACK_SCANNER_HPP
#define BLOCKPACK_SCANNER_HPP

#include "blocks.hpp"

#include <string_view>
#include <type_traits>
#include <vector>

namespace blockpack {

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

}  // namespace blockpack

#endif  // BLOCKPACK_SCANNER_HPP
