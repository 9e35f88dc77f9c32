// Series that queries make of spans. Part of blockpack.hpp.
#ifndef BLOCKPACK_SERIES_HPP
#define BLOCKPACK_SERIES_HPP

#include "query.hpp"

#include <string_view>
#include <vector>

namespace blockpack {

// Series with samples at the same times. Holds no blocks.
class Series {
  public:
    explicit Series(bp_series *series) : series_(series) {}

    static Result<Series> of(const Query &query, const Blocks &blocks,
                             const bp_metrics_options &options = BP_METRICS_OPTIONS_INIT) {
        return detail::make<Series, bp_series>([&](bp_series **out, bp_error **err) {
            return bp_series_new(query.get(), blocks.get(), &options, out, err);
        });
    }

    // How many series there are.
    size_t size() const { return bp_series_len(get()); }
    Result<bp_series_set_info> info() const {
        return detail::fill(bp_series_set_info BP_SERIES_SET_INFO_INIT,
                            [&](bp_series_set_info *out, bp_error **err) {
                                return bp_series_info(get(), out, err);
                            });
    }
    // How the query was answered, and what its parts did.
    Result<Explanation> explain() const {
        return detail::make<Explanation, bp_explanation>([&](bp_explanation **out, bp_error **err) {
            return bp_series_explain(get(), out, err);
        });
    }
    // When the interval of each sample ends.
    Result<std::vector<uint64_t>> times() const {
        return detail::collect<uint64_t>(
            [&](size_t first, uint64_t *out, size_t cap, size_t *count, bp_error **err) {
                return bp_series_times(get(), first, out, cap, count, err);
            });
    }
    // Labels of a series as text.
    std::string_view text(size_t index) const { return view(bp_series_text(get(), index)); }
    Result<std::vector<Field>> labels(size_t index) const {
        return detail::collect<bp_field, Field>(
            [&](size_t skip, bp_field *out, size_t cap, size_t *count, bp_error **err) {
                return bp_series_labels(get(), index, skip, out, cap, count, err);
            });
    }
    // Samples of a series; a gap is NaN.
    Result<std::vector<double>> values(size_t index) const {
        return detail::collect<double>(
            [&](size_t first, double *out, size_t cap, size_t *count, bp_error **err) {
                return bp_series_values(get(), index, first, out, cap, count, err);
            });
    }
    // Spans that stand for those of a series.
    Result<std::vector<bp_exemplar>> exemplars(size_t index) const {
        return detail::collect<bp_exemplar>(
            [&](size_t skip, bp_exemplar *out, size_t cap, size_t *count, bp_error **err) {
                return bp_series_exemplars(get(), index, skip, out, cap, count, err);
            });
    }
    bp_series *get() const { return series_.get(); }

  private:
    detail::Owner<bp_series, bp_series_free> series_;
};

}  // namespace blockpack

#endif  // BLOCKPACK_SERIES_HPP
