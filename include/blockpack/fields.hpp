// The fields of spans, one by one or as a matrix. Part of blockpack.hpp.
#ifndef BLOCKPACK_FIELDS_HPP
#define BLOCKPACK_FIELDS_HPP

#include "value.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace blockpack {

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
        return detail::fill_rows<Matrix>(1, 1, columns, [&](Matrix *out, bp_error **err) {
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
    // The events of the span, of each what all() gives: "event:name" and so on, then its attributes.
    Result<std::vector<std::vector<Field>>> events() { return items("event"); }
    // The links, likewise.
    Result<std::vector<std::vector<Field>>> links() { return items("link"); }
    // Answers from a copy from now on, without the blocks.
    Result<void> detach() {
        return detail::attempt([&](bp_error **err) { return bp_lazy_fields_detach(get(), err); });
    }
    bp_span span() const { return bp_lazy_fields_span(get()); }
    void release() { bp_lazy_fields_release(get()); }
    bool is_released() const { return bp_lazy_fields_is_released(get()); }
    bp_lazy_fields *get() const { return fields_.get(); }

  private:
    Result<std::vector<std::vector<Field>>> items(std::string_view scope) {
        Result<std::vector<Field>> fields = all();
        if (!fields) {
            return fields.take_error();
        }
        std::vector<std::vector<Field>> items;
        for (const Field &field : *fields) {
            if (field.name.substr(0, scope.size()) == scope) {
                items.resize(std::max<size_t>(items.size(), field.value.item() + size_t{1}));
                items[field.value.item()].push_back(field);
            }
        }
        return items;
    }

    detail::Owner<bp_lazy_fields, bp_lazy_fields_free> fields_;
};

}  // namespace blockpack

#endif  // BLOCKPACK_FIELDS_HPP
