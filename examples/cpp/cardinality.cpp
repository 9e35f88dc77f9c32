// Lists the attributes of a block file with the most distinct values: cardinality FILE.bpk
//
// Shows: the C++ wrapper, whose handles free themselves and whose calls give results to be tested.
#include <blockpack.hpp>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <map>
#include <string>

int main(int argc, char **argv) {
    if (argc != 2) {
        std::cerr << "usage: " << argv[0] << " FILE.bpk\n";
        return 2;
    }
    blockpack::Result<blockpack::Reader> reader = blockpack::Reader::open(argv[1]);
    if (!reader) {
        std::cerr << reader.error().message() << "\n";
        return 1;
    }
    blockpack::Result<blockpack::Blocks> blocks = reader->blocks();
    if (!blocks) {
        std::cerr << blocks.error().message() << "\n";
        return 1;
    }

    // Of an attribute with values of several types, each type is a column.
    std::map<std::string, uint64_t> most;
    for (size_t block = 0; block < blocks->size(); block++) {
        blockpack::Result<std::vector<blockpack::Column>> columns = blocks->columns(block);
        if (!columns) {
            std::cerr << columns.error().message() << "\n";
            return 1;
        }
        for (const blockpack::Column &column : *columns) {
            if (column.is_attribute && column.distinct > 0) {
                uint64_t &distinct =
                    most[std::string(column.name) + " (" + std::string(column.type_name) + ")"];
                distinct = std::max(distinct, column.distinct);
            }
        }
    }
    std::vector<std::pair<std::string, uint64_t>> order(most.begin(), most.end());
    std::stable_sort(order.begin(), order.end(),
                     [](const auto &a, const auto &b) { return a.second > b.second; });
    order.resize(std::min<size_t>(order.size(), 10));
    std::cout << "distinct values in one block, at most:\n";
    for (const auto &[name, distinct] : order) {
        std::cout << std::setw(8) << distinct << "  " << name << "\n";
    }

    blocks->release();
    std::cout << "bytes held in the end: " << bp_bytes_held() << "\n";
}
