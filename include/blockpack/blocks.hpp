// The list of blocks that everything is made from. Part of blockpack.hpp.
#ifndef BLOCKPACK_BLOCKS_HPP
#define BLOCKPACK_BLOCKS_HPP

#include "sets.hpp"

#include <string_view>
#include <type_traits>
#include <vector>

namespace blockpack {

// A column of a block.
struct Column {
    std::string_view name;
    std::string_view type_name;
    bp_kind kind;
    bool is_attribute;
    uint64_t present;
    uint64_t distinct;

    explicit Column(const bp_column_info &info)
        : name(view(info.name)), type_name(view(info.type_name)), kind(info.kind),
          is_attribute(info.is_attribute != 0), present(info.present), distinct(info.distinct) {}
};

class TraceGraphs;

// What Blocks::scan_all asks of a column.
struct Condition {
    std::string_view column;
    bp_op op; // BP_OP_...
    std::vector<Value> operands;
};

// A shared list of blocks.
class Blocks {
  public:
    explicit Blocks(bp_blocks *blocks) : blocks_(blocks) {}

    // One block, copied.
    static Result<Blocks> open_memory(ByteView bytes) {
        return open_memory(bytes, nullptr, nullptr);
    }
    // One block, in place until drop(ctx) is called.
    static Result<Blocks> open_memory(ByteView bytes, bp_drop_fn drop, void *ctx) {
        return detail::make<Blocks, bp_blocks>([&](bp_blocks **out, bp_error **err) {
            return bp_blocks_open_memory(raw(bytes), drop, ctx, out, err);
        });
    }
    static Result<Blocks> join(const std::vector<const Blocks *> &lists) {
        std::vector<const bp_blocks *> handles;
        for (const Blocks *list : lists) {
            handles.push_back(list->get());
        }
        return detail::make<Blocks, bp_blocks>([&](bp_blocks **out, bp_error **err) {
            return bp_blocks_join(handles.data(), handles.size(), out, err);
        });
    }

    size_t size() const { return bp_blocks_len(get()); }
    uint64_t span_count() const { return bp_blocks_span_count(get()); }
    uint64_t bytes_held() const { return bp_blocks_bytes_held(get()); }
    // What memory the list holds, on the heap and mapped.
    Result<bp_blocks_memory_stats> memory() const {
        return detail::fill(
            bp_blocks_memory_stats BP_BLOCKS_MEMORY_STATS_INIT,
            [&](bp_blocks_memory_stats *out, bp_error **err) { return bp_blocks_memory(get(), out, err); });
    }
    // Gives back the buffers of scans and the arrays of graphs that are kept for the next ones.
    Result<void> trim() const {
        return detail::attempt([&](bp_error **err) { return bp_blocks_trim(get(), err); });
    }
    Result<bp_block_info> info(size_t block) const {
        return detail::fill(bp_block_info BP_BLOCK_INFO_INIT, [&](bp_block_info *out, bp_error **err) {
            return bp_blocks_info(get(), block, out, err);
        });
    }
    Result<ByteView> bytes(size_t block) const {
        bp_bytes bytes;
        bp_error *error = nullptr;
        Status status = bp_blocks_bytes(get(), block, &bytes, &error);
        if (status != BP_OK) {
            return Error(status, error);
        }
        return view(bytes);
    }
    Result<std::vector<Column>> columns(size_t block) const {
        return detail::collect<bp_column_info, Column>(
            [&](size_t first, bp_column_info *out, size_t cap, size_t *count, bp_error **err) {
                return bp_blocks_columns(get(), block, first, out, cap, count, err);
            });
    }
    // The spans of all blocks whose column has a value that `op` (BP_OP_...) holds for.
    Result<SpanSet> scan(std::string_view column, bp_op op, const std::vector<Value> &operands) const {
        std::vector<bp_value> raws = detail::raws(operands);
        return detail::make<SpanSet, bp_span_set>([&](bp_span_set **out, bp_error **err) {
            return bp_blocks_scan(get(), raw(column), op, raws.data(), raws.size(), out, err);
        });
    }
    // The spans that satisfy all conditions.
    Result<SpanSet> scan_all(const std::vector<Condition> &conditions) const {
        std::vector<std::vector<bp_value>> operands;
        std::vector<bp_condition> raws;
        for (const Condition &it : conditions) {
            operands.push_back(detail::raws(it.operands));
            raws.push_back({raw(it.column), it.op, 0, operands.back().data(), it.operands.size()});
        }
        return detail::make<SpanSet, bp_span_set>([&](bp_span_set **out, bp_error **err) {
            return bp_blocks_scan_all(get(), raws.data(), raws.size(), out, err);
        });
    }
    // As scan, but calls `each(uint32_t block, const uint32_t *rows, size_t count)` as blocks are
    // scanned. It returns whether to go on; when not, the result is BP_ERR_STOPPED.
    template <class Each>
    Result<void> stream(std::string_view column, bp_op op, const std::vector<Value> &operands,
                        size_t batch, Each &&each) const {
        std::vector<bp_value> raws = detail::raws(operands);
        return detail::attempt([&](bp_error **err) {
            return bp_blocks_stream(get(), raw(column), op, raws.data(), raws.size(), batch,
                                    detail::on_rows<std::remove_reference_t<Each>>, &each, err);
        });
    }
    // Threads that scan and stream use; 0 stands for as many as there are processors.
    Result<void> set_scan_threads(size_t threads) {
        return detail::attempt(
            [&](bp_error **err) { return bp_blocks_set_scan_threads(get(), threads, err); });
    }
    // What the scans of the list and of its scanners did so far.
    Result<bp_scan_stats> scan_stats() const {
        return detail::fill(bp_scan_stats BP_SCAN_STATS_INIT, [&](bp_scan_stats *out, bp_error **err) {
            return bp_blocks_scan_stats(get(), out, err);
        });
    }
    // What share of rows they matched in a column with operators like `op`.
    Result<bp_observation> observed(std::string_view column, bp_op op) const {
        return detail::fill(bp_observation BP_OBSERVATION_INIT,
                            [&](bp_observation *out, bp_error **err) {
                                return bp_blocks_observed(get(), raw(column), op, out, err);
                            });
    }
    Result<void> reset_scan_stats() {
        return detail::attempt(
            [&](bp_error **err) { return bp_blocks_reset_scan_stats(get(), err); });
    }
    // The graphs of all traces, or of those that have a span in `spans`.
    inline Result<TraceGraphs> trace_graphs() const;
    inline Result<TraceGraphs> trace_graphs(const SpanSet &spans) const;
    void release() { bp_blocks_release(get()); }
    bool is_released() const { return bp_blocks_is_released(get()); }
    bp_blocks *get() const { return blocks_.get(); }

  private:
    detail::Owner<bp_blocks, bp_blocks_free> blocks_;
};

Result<LazyFields> LazyFields::open(const Blocks &blocks, size_t block, uint32_t row) {
    return detail::make<LazyFields, bp_lazy_fields>([&](bp_lazy_fields **out, bp_error **err) {
        return bp_lazy_fields_new(blocks.get(), block, row, out, err);
    });
}

Result<void> LazyFields::seek(const Blocks &blocks, size_t block, uint32_t row) {
    return detail::attempt(
        [&](bp_error **err) { return bp_lazy_fields_seek(get(), blocks.get(), block, row, err); });
}

Result<RowSet> RowSet::of(const Blocks &blocks, size_t block, const std::vector<uint32_t> &rows) {
    return detail::make<RowSet, bp_row_set>([&](bp_row_set **out, bp_error **err) {
        return bp_row_set_new(blocks.get(), block, rows.data(), rows.size(), out, err);
    });
}

Result<RowSet> RowSet::all(const Blocks &blocks, size_t block) {
    return detail::make<RowSet, bp_row_set>([&](bp_row_set **out, bp_error **err) {
        return bp_row_set_all(blocks.get(), block, out, err);
    });
}

Result<SpanSet> SpanSet::of(const Blocks &blocks, const std::vector<bp_span> &spans) {
    return detail::make<SpanSet, bp_span_set>([&](bp_span_set **out, bp_error **err) {
        return bp_span_set_new(blocks.get(), spans.data(), spans.size(), out, err);
    });
}

Result<SpanSet> SpanSet::all(const Blocks &blocks) {
    return detail::make<SpanSet, bp_span_set>([&](bp_span_set **out, bp_error **err) {
        return bp_span_set_all(blocks.get(), out, err);
    });
}

Result<SpanSet> SpanSet::of_rows(const Blocks &blocks, const std::vector<const RowSet *> &sets) {
    std::vector<const bp_row_set *> handles;
    for (const RowSet *set : sets) {
        handles.push_back(set->get());
    }
    return detail::make<SpanSet, bp_span_set>([&](bp_span_set **out, bp_error **err) {
        return bp_span_set_of_rows(blocks.get(), handles.data(), handles.size(), out, err);
    });
}

Result<Blocks> SpanSet::blocks() const {
    return detail::make<Blocks, bp_blocks>(
        [&](bp_blocks **out, bp_error **err) { return bp_span_set_blocks(get(), out, err); });
}

}  // namespace blockpack

#endif  // BLOCKPACK_BLOCKS_HPP
