// Queries in TraceQL, and how they are answered. Part of blockpack.hpp.
#ifndef BLOCKPACK_QUERY_HPP
#define BLOCKPACK_QUERY_HPP

#include "blocks.hpp"

#include <string_view>
#include <vector>

namespace blockpack {

// How a query is answered: its parts, and what each did if it was run.
class Explanation {
  public:
    explicit Explanation(bp_explanation *explanation) : explanation_(explanation) {}

    // For people, a part a line.
    std::string_view text() const { return view(bp_explanation_text(get())); }
    size_t size() const { return bp_explanation_len(get()); }
    Result<std::vector<bp_query_part>> parts() const {
        return detail::collect<bp_query_part>(
            [&](size_t first, bp_query_part *out, size_t cap, size_t *count, bp_error **err) {
                return bp_explanation_parts(get(), first, out, cap, count, err);
            });
    }
    // More of part number `part`: the series that came of it, and why its scans left out blocks.
    Result<bp_part_details> details(size_t part) const {
        return detail::fill(bp_part_details BP_PART_DETAILS_INIT,
                            [&](bp_part_details *out, bp_error **err) {
                                return bp_explanation_part_details(get(), part, out, err);
                            });
    }
    bp_explanation *get() const { return explanation_.get(); }

  private:
    detail::Owner<bp_explanation, bp_explanation_free> explanation_;
};

// A query, read and checked. One serves any number of searches and threads.
class Query {
  public:
    explicit Query(bp_query *query) : query_(query) {}

    // Errors have the position in the text.
    static Result<Query> compile(std::string_view text) {
        return detail::make<Query, bp_query>(
            [&](bp_query **out, bp_error **err) { return bp_query_compile(raw(text), out, err); });
    }

    // The query in one spelling.
    std::string_view text() const { return view(bp_query_text(get())); }
    // Whether it makes series of spans, and does not search for spans.
    bool makes_series() const { return bp_query_kind(get()) == BP_QUERY_SERIES; }
    // How it would be answered.
    Result<Explanation> explain() const {
        return detail::make<Explanation, bp_explanation>([&](bp_explanation **out, bp_error **err) {
            return bp_query_explain(get(), out, err);
        });
    }
    // All spans that match.
    Result<SpanSet> spans(const Blocks &blocks,
                          const bp_search_options &options = BP_SEARCH_OPTIONS_INIT) const {
        return detail::make<SpanSet, bp_span_set>([&](bp_span_set **out, bp_error **err) {
            return bp_query_spans(get(), blocks.get(), &options, out, err);
        });
    }
    bp_query *get() const { return query_.get(); }

  private:
    detail::Owner<bp_query, bp_query_free> query_;
};

}  // namespace blockpack

#endif  // BLOCKPACK_QUERY_HPP
