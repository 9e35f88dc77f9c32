// A tour of the library over a block file: tour FILE.bpk
//
// Shows: opening, scanning all blocks, relations between spans, lazy fields and their release, the tree
// of one trace. examples/c/tour.c prints the same.
#include <blockpack.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

namespace {

constexpr uint64_t shown_spans = 5;
constexpr size_t shown_nodes = 20;

// The value of a result, or the end of the program with the library's message.
template <class T>
T check(blockpack::Result<T> result) {
    if (!result) {
        std::cerr << result.error().name() << ": " << result.error().message() << "\n";
        std::exit(1);
    }
    return std::move(result).value();
}

// Prints one span: name, service, duration. Values are views: nothing is copied.
void print_span(const blockpack::LazyFields &fields) {
    blockpack::Value name = check(fields.get("span:name"));
    blockpack::Value service = check(fields.get("resource.service.name"));
    blockpack::Value duration = check(fields.get("span:duration"));
    std::cout << name.as_string().value_or("") << " (" << service.as_string().value_or("") << ") "
              << duration.as_unsigned().value_or(0) << " ns\n";
}

void print_first_spans(const blockpack::SpanSet &set) {
    for (uint64_t i = 0; i < std::min(set.count(), shown_spans); i++) {
        blockpack::LazyFields fields = check(set.fields(i));
        std::cout << "  ";
        print_span(fields);
        // From here on the object holds no block. Its end alone would do; this shows the contract.
        fields.release();
        blockpack::Result<blockpack::Value> late = fields.get("span:name");
        if (late || late.error().status() != BP_ERR_RELEASED) {
            std::cerr << "released fields answered\n";
            std::exit(1);
        }
    }
}

// Prints the trace of the first span of `set` as a tree.
void print_tree(const blockpack::Blocks &blocks, const blockpack::SpanSet &set) {
    if (set.count() == 0) {
        return;
    }
    bp_span first = check(set.spans()).front();
    blockpack::SpanSet one = check(blockpack::SpanSet::of(blocks, {first}));
    blockpack::TraceGraph graph = check(check(blocks.trace_graphs(one)).graph(0));
    bp_trace_info info = check(graph.info());
    std::cout << "trace ";
    for (uint8_t byte : info.trace_id) {
        char hex[3];
        std::snprintf(hex, sizeof hex, "%02x", byte);
        std::cout << hex;
    }
    std::cout << ": " << info.spans << " spans, " << info.roots << " roots, depth " << info.max_depth
              << "\n";
    std::vector<bp_trace_node> nodes = check(graph.nodes());
    for (size_t node = 0; node < std::min(nodes.size(), shown_nodes); node++) {
        std::cout << std::string(2 + 2 * size_t{nodes[node].depth}, ' ');
        print_span(check(graph.fields(static_cast<uint32_t>(node))));
    }
    if (nodes.size() > shown_nodes) {
        std::cout << "  and " << nodes.size() - shown_nodes << " more\n";
    }
}

void tour(const char *path) {
    blockpack::Reader reader = check(blockpack::Reader::open(path));
    bp_file_info info = reader.info();
    blockpack::Blocks blocks = check(reader.blocks());
    std::cout << info.blocks << " blocks, " << info.spans << " spans, " << info.traces << " traces\n";

    blockpack::SpanSet errors =
        check(blocks.scan("span:status", BP_OP_EQUAL, {blockpack::Value::span_status(2)}));
    std::cout << errors.count() << " spans with an error\n";
    print_first_spans(errors);

    blockpack::SpanSet servers =
        check(blocks.scan("span:kind", BP_OP_EQUAL, {blockpack::Value::span_kind(2)}));
    blockpack::SpanSet below = check(servers.structural(BP_STRUCTURAL_DESCENDANT, errors));
    std::cout << below.count() << " of them below a server span\n";
    print_tree(blocks, errors);
}

}  // namespace

int main(int argc, char **argv) {
    if (argc != 2) {
        std::cerr << "usage: " << argv[0] << " FILE.bpk\n";
        return 2;
    }
    tour(argv[1]);
    std::cout << "bytes held in the end: " << bp_bytes_held() << "\n";
    return bp_live_handles(BP_HANDLE_ANY) == 0 ? 0 : 1;
}
