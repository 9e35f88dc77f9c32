// What searches find. Part of blockpack.hpp.
#ifndef BLOCKPACK_MATCH_SET_HPP
#define BLOCKPACK_MATCH_SET_HPP

#include "blocks.hpp"

#include <string_view>
#include <vector>

namespace blockpack {

// Traces in which a query matched. Their services and spansets, and the attributes and spans of these, are
// numbered through all traces.
class MatchSet {
  public:
    explicit MatchSet(bp_match_set *set) : set_(set) {}

    // How many traces there are.
    size_t size() const { return bp_match_set_len(get()); }
    size_t spanset_count() const { return bp_match_set_spanset_count(get()); }
    size_t span_count() const { return bp_match_set_span_count(get()); }
    Result<std::vector<bp_trace_match>> traces() const {
        return detail::fill_array<bp_trace_match>(
            size(), [&](bp_trace_match *out, size_t cap, size_t *count, bp_error **err) {
                return bp_match_set_traces(get(), 0, out, cap, count, err);
            });
    }
    // Services that took part: those of a trace from first_service on, by their number of spans.
    Result<std::vector<bp_trace_service>> services() const {
        return detail::fill_array<bp_trace_service>(
            bp_match_set_service_count(get()),
            [&](bp_trace_service *out, size_t cap, size_t *count, bp_error **err) {
                return bp_match_set_services(get(), 0, out, cap, count, err);
            });
    }
    Result<std::vector<bp_spanset>> spansets() const {
        return detail::fill_array<bp_spanset>(
            spanset_count(), [&](bp_spanset *out, size_t cap, size_t *count, bp_error **err) {
                return bp_match_set_spansets(get(), 0, out, cap, count, err);
            });
    }
    // Values of by() and of aggregates: those of a spanset from first_attribute on.
    Result<std::vector<Field>> attributes() const {
        return detail::collect<bp_field, Field>(
            [&](size_t first, bp_field *out, size_t cap, size_t *count, bp_error **err) {
                return bp_match_set_attributes(get(), first, out, cap, count, err);
            });
    }
    // Ids and places of the spans.
    Result<std::vector<bp_span_ids>> spans() const {
        return detail::fill_array<bp_span_ids>(
            span_count(), [&](bp_span_ids *out, size_t cap, size_t *count, bp_error **err) {
                return bp_match_set_spans(get(), 0, out, cap, count, err);
            });
    }
    // Names of the fields that the query selects or mentions.
    Result<std::vector<std::string_view>> fields() const {
        Result<std::vector<bp_str>> raws = detail::collect<bp_str>(
            [&](size_t skip, bp_str *out, size_t cap, size_t *count, bp_error **err) {
                return bp_match_set_fields(get(), skip, out, cap, count, err);
            });
        if (!raws) {
            return raws.take_error();
        }
        std::vector<std::string_view> names;
        for (bp_str name : *raws) {
            names.push_back(view(name));
        }
        return names;
    }
    // The values that these fields have in `count` spans from number `first` on.
    Result<Matrix> values(size_t first, size_t count) const {
        Result<std::vector<std::string_view>> names = fields();
        if (!names) {
            return names.take_error();
        }
        return detail::fill_rows<Matrix>(count, span_count(), *names, [&](Matrix *out, bp_error **err) {
            return bp_match_set_values(get(), first, count, nullptr, out->data(), out->size(), err);
        });
    }
    // As above, of other fields.
    Result<Matrix> values(size_t first, size_t count, const Columns &columns) const {
        return detail::fill_rows<Matrix>(count, span_count(), columns, [&](Matrix *out, bp_error **err) {
            return bp_match_set_values(get(), first, count, columns.get(), out->data(), out->size(), err);
        });
    }
    // The spans as a set over the blocks that were searched.
    Result<SpanSet> span_set() const {
        return detail::make<SpanSet, bp_span_set>([&](bp_span_set **out, bp_error **err) {
            return bp_match_set_span_set(get(), out, err);
        });
    }
    void release() { bp_match_set_release(get()); }
    bool is_released() const { return bp_match_set_is_released(get()); }
    bp_match_set *get() const { return set_.get(); }

  private:
    detail::Owner<bp_match_set, bp_match_set_free> set_;
};

}  // namespace blockpack

#endif  // BLOCKPACK_MATCH_SET_HPP
