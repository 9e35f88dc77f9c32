// How the spans of traces relate, and which services call which. Part of blockpack.hpp.
#ifndef BLOCKPACK_GRAPHS_HPP
#define BLOCKPACK_GRAPHS_HPP

#include "blocks.hpp"

#include <optional>
#include <vector>

namespace blockpack {

// The graph of one trace; nodes are numbered in pre-order.
class TraceGraph {
  public:
    explicit TraceGraph(bp_trace_graph *graph) : graph_(graph) {}

    size_t size() const { return bp_trace_graph_len(get()); }
    Result<bp_trace_info> info() const {
        return detail::fill(bp_trace_info BP_TRACE_INFO_INIT, [&](bp_trace_info *out, bp_error **err) {
            return bp_trace_graph_info(get(), out, err);
        });
    }
    // A view of the parents of all nodes, BP_NO_PARENT where there is none.
    Result<bp_u32s> parents() const {
        return detail::fill(bp_u32s{nullptr, 0}, [&](bp_u32s *out, bp_error **err) {
            return bp_trace_graph_parents(get(), out, err);
        });
    }
    // A view of the depths of all nodes, 0 where there is no parent.
    Result<bp_u32s> depths() const {
        return detail::fill(bp_u32s{nullptr, 0}, [&](bp_u32s *out, bp_error **err) {
            return bp_trace_graph_depths(get(), out, err);
        });
    }
    // A view of how many nodes descend from each; they follow it directly.
    Result<bp_u32s> descendants() const {
        return detail::fill(bp_u32s{nullptr, 0}, [&](bp_u32s *out, bp_error **err) {
            return bp_trace_graph_descendants(get(), out, err);
        });
    }
    // The node of a span; none if the span is not of this trace.
    Result<std::optional<uint32_t>> find(bp_span span) const {
        uint32_t node = 0;
        bp_error *error = nullptr;
        Status status = bp_trace_graph_find(get(), span, &node, &error);
        if (status >= BP_ERR_FIRST) {
            return Error(status, error);
        }
        return status == BP_OK ? std::optional(node) : std::nullopt;
    }
    Result<std::vector<bp_trace_node>> nodes() const {
        return detail::collect<bp_trace_node>(
            [&](size_t first, bp_trace_node *out, size_t cap, size_t *count, bp_error **err) {
                return bp_trace_graph_nodes(get(), first, out, cap, count, err);
            });
    }
    Result<std::vector<uint32_t>> children(uint32_t node) const {
        return detail::collect<uint32_t>(
            [&](size_t skip, uint32_t *out, size_t cap, size_t *count, bp_error **err) {
                return bp_trace_graph_children(get(), node, skip, out, cap, count, err);
            });
    }
    Result<std::vector<uint32_t>> roots() const {
        return detail::collect<uint32_t>(
            [&](size_t skip, uint32_t *out, size_t cap, size_t *count, bp_error **err) {
                return bp_trace_graph_roots(get(), skip, out, cap, count, err);
            });
    }
    Result<std::vector<uint32_t>> orphans() const {
        return detail::collect<uint32_t>(
            [&](size_t skip, uint32_t *out, size_t cap, size_t *count, bp_error **err) {
                return bp_trace_graph_orphans(get(), skip, out, cap, count, err);
            });
    }
    // Services that took part, by their number of spans.
    Result<std::vector<bp_trace_service>> services() const {
        return detail::collect<bp_trace_service>(
            [&](size_t skip, bp_trace_service *out, size_t cap, size_t *count, bp_error **err) {
                return bp_trace_graph_services(get(), skip, out, cap, count, err);
            });
    }
    // When and where the span of each node ran.
    Result<std::vector<bp_trace_timing>> timings() const {
        return detail::fill_array<bp_trace_timing>(
            size(), [&](bp_trace_timing *out, size_t cap, size_t *count, bp_error **err) {
                return bp_trace_graph_timings(get(), 0, out, cap, count, err);
            });
    }
    // What the end of a node was waiting for, in order of time.
    Result<std::vector<bp_path_segment>> critical_path(uint32_t node = BP_MAIN_NODE) const {
        return detail::fill_array<bp_path_segment>(
            2 * size(), [&](bp_path_segment *out, size_t cap, size_t *count, bp_error **err) {
                return bp_trace_graph_critical_path(get(), node, 0, out, cap, count, err);
            });
    }
    Result<LazyFields> fields(uint32_t node) const {
        return detail::make<LazyFields, bp_lazy_fields>([&](bp_lazy_fields **out, bp_error **err) {
            return bp_trace_graph_fields(get(), node, out, err);
        });
    }
    // Fields of all nodes.
    Result<Matrix> values(const Columns &columns) const {
        return detail::fill_rows<Matrix>(size(), size(), columns, [&](Matrix *out, bp_error **err) {
            return bp_trace_graph_values(get(), 0, size(), columns.get(), out->data(), out->size(), err);
        });
    }
    void release() { bp_trace_graph_release(get()); }
    bool is_released() const { return bp_trace_graph_is_released(get()); }
    bp_trace_graph *get() const { return graph_.get(); }

  private:
    detail::Owner<bp_trace_graph, bp_trace_graph_free> graph_;
};

// Calls between services.
class ServiceGraph {
  public:
    explicit ServiceGraph(bp_service_graph *graph) : graph_(graph) {}

    // How many edges there are.
    size_t size() const { return bp_service_graph_len(get()); }
    Result<std::vector<bp_service_edge>> edges() const {
        return detail::fill_array<bp_service_edge>(
            size(), [&](bp_service_edge *out, size_t cap, size_t *count, bp_error **err) {
                return bp_service_graph_edges(get(), 0, out, cap, count, err);
            });
    }
    // Names of all services; the first is empty and stands for spans without one.
    Result<std::vector<bp_str>> services() const {
        return detail::collect<bp_str>(
            [&](size_t first, bp_str *out, size_t cap, size_t *count, bp_error **err) {
                return bp_service_graph_services(get(), first, out, cap, count, err);
            });
    }
    // The duration that a fraction of an edge's calls does not exceed.
    Result<uint64_t> quantile_ns(size_t edge, double fraction) const {
        return detail::fill(uint64_t{0}, [&](uint64_t *out, bp_error **err) {
            return bp_service_graph_quantiles(get(), edge, &fraction, 1, out, err);
        });
    }
    bp_service_graph *get() const { return graph_.get(); }

  private:
    detail::Owner<bp_service_graph, bp_service_graph_free> graph_;
};

// The graphs of many traces.
class TraceGraphs {
  public:
    explicit TraceGraphs(bp_trace_graphs *graphs) : graphs_(graphs) {}

    size_t size() const { return bp_trace_graphs_len(get()); }
    uint64_t span_count() const { return bp_trace_graphs_span_count(get()); }
    Result<TraceGraph> graph(size_t index) const {
        return detail::make<TraceGraph, bp_trace_graph>([&](bp_trace_graph **out, bp_error **err) {
            return bp_trace_graphs_get(get(), index, out, err);
        });
    }
    // The traces in brief, in their order.
    Result<std::vector<bp_trace_summary>> summaries() const {
        return detail::fill_array<bp_trace_summary>(
            size(), [&](bp_trace_summary *out, size_t cap, size_t *count, bp_error **err) {
                return bp_trace_graphs_summaries(get(), 0, out, cap, count, err);
            });
    }
    // How deep and how wide the traces are.
    Result<bp_tree_shape> shape() const {
        return detail::fill(bp_tree_shape BP_TREE_SHAPE_INIT, [&](bp_tree_shape *out, bp_error **err) {
            return bp_trace_graphs_shape(get(), out, nullptr, 0, nullptr, 0, err);
        });
    }
    // How many spans have 0, 1, 2 and so on spans above them.
    Result<std::vector<uint64_t>> spans_by_depth() const {
        Result<bp_tree_shape> all = shape();
        size_t depths = all && all->spans > 0 ? all->max_depth + 1 : 0;
        return detail::fill(std::vector<uint64_t>(depths), [&](auto *out, bp_error **err) {
            bp_tree_shape shape = BP_TREE_SHAPE_INIT;
            return bp_trace_graphs_shape(get(), &shape, out->data(), depths, nullptr, 0, err);
        });
    }
    // How many spans have 0, 1, 2 and so on children.
    Result<std::vector<uint64_t>> spans_by_children() const {
        Result<bp_tree_shape> all = shape();
        size_t children = all && all->spans > 0 ? all->max_children + 1 : 0;
        return detail::fill(std::vector<uint64_t>(children), [&](auto *out, bp_error **err) {
            bp_tree_shape shape = BP_TREE_SHAPE_INIT;
            return bp_trace_graphs_shape(get(), &shape, nullptr, 0, out->data(), children, err);
        });
    }
    Result<ServiceGraph> service_graph() const {
        return detail::make<ServiceGraph, bp_service_graph>([&](bp_service_graph **out, bp_error **err) {
            return bp_trace_graphs_service_graph(get(), out, err);
        });
    }
    void release() { bp_trace_graphs_release(get()); }
    bool is_released() const { return bp_trace_graphs_is_released(get()); }
    bp_trace_graphs *get() const { return graphs_.get(); }

  private:
    detail::Owner<bp_trace_graphs, bp_trace_graphs_free> graphs_;
};

Result<TraceGraphs> Blocks::trace_graphs() const {
    return detail::make<TraceGraphs, bp_trace_graphs>([&](bp_trace_graphs **out, bp_error **err) {
        return bp_trace_graphs_build(get(), nullptr, out, err);
    });
}

Result<TraceGraphs> Blocks::trace_graphs(const SpanSet &spans) const {
    return detail::make<TraceGraphs, bp_trace_graphs>([&](bp_trace_graphs **out, bp_error **err) {
        return bp_trace_graphs_build(get(), spans.get(), out, err);
    });
}

}  // namespace blockpack

#endif  // BLOCKPACK_GRAPHS_HPP
