// A storage engine that keeps blocks in a file of its own: storage_engine TRACES.pbd.zst
//
// Shows: OTLP made into blocks in memory, the bytes of blocks out and in, blocks read in place from the
// engine's own buffers, and that a buffer comes back the moment the last handle on its block goes.
#include <blockpack.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

template <class T>
T check(blockpack::Result<T> result) {
    if (!result) {
        std::cerr << result.error().name() << ": " << result.error().message() << "\n";
        std::exit(1);
    }
    return std::move(result).value();
}

void check(blockpack::Result<void> result) {
    if (!result) {
        std::cerr << result.error().name() << ": " << result.error().message() << "\n";
        std::exit(1);
    }
}

// Memory for one block. Blocks are scanned in place, so it is aligned to the 64 bytes of their sections.
struct alignas(64) Line {
    unsigned char bytes[64];
};
using Buffer = std::vector<Line>;

// Buffers that are lent to the library. Each comes back through `drop`, once, on whichever thread frees the
// last handle on its block; this engine has one thread.
class Lending {
public:
    // Opens the block in `buffer`, which the library reads in place from now on.
    blockpack::Blocks lend(Buffer buffer, size_t length) {
        auto loan = std::make_unique<Loan>(Loan{this, std::move(buffer)});
        blockpack::ByteView bytes{loan->buffer.data()->bytes, length};
        blockpack::Blocks blocks = check(blockpack::Blocks::open_memory(bytes, drop, loan.get()));
        loan.release();  // owned by the library until drop
        lent_++;
        return blocks;
    }
    size_t lent() const { return lent_; }

private:
    struct Loan {
        Lending *owner;
        Buffer buffer;
    };
    static void drop(void *ctx) {
        std::unique_ptr<Loan> loan(static_cast<Loan *>(ctx));
        loan->owner->lent_--;
    }
    size_t lent_ = 0;
};

// One file: blocks behind each other, each found by its place. Its index also knows the time that a block
// covers, so that blocks outside of what is asked for are never read.
class Store {
public:
    explicit Store(std::string path) : path_(std::move(path)), file_(path_, std::ios::binary) {}
    ~Store() { std::remove(path_.c_str()); }
    Store(const Store &) = delete;
    Store &operator=(const Store &) = delete;

    void append(const blockpack::Blocks &blocks) {
        for (size_t i = 0; i < blocks.size(); i++) {
            blockpack::ByteView bytes = check(blocks.bytes(i));
            bp_block_info info = check(blocks.info(i));
            index_.push_back({end_, bytes.size, info.min_start_ns, info.max_end_ns});
            file_.write(reinterpret_cast<const char *>(bytes.data),
                        static_cast<std::streamsize>(bytes.size));
            end_ += bytes.size;
        }
        file_.flush();
    }

    // Scans the blocks that overlap a time, one in memory at a time, and gives each block's matches to `each`.
    template <class Each>
    void scan(uint64_t from_ns, uint64_t to_ns, std::string_view column, bp_op op,
              const std::vector<blockpack::Value> &operands, Each &&each) {
        for (const Place &place : index_) {
            if (place.max_end_ns < from_ns || to_ns < place.min_start_ns) {
                continue;
            }
            blockpack::Blocks blocks = load(place);
            each(check(blocks.scan(column, op, operands)));
        }
    }

    size_t blocks() const { return index_.size(); }
    uint64_t bytes() const { return end_; }
    size_t loads() const { return loads_; }
    size_t lent() const { return lending_.lent(); }
    uint64_t last_start_ns() const { return index_.empty() ? 0 : index_.back().min_start_ns; }

private:
    struct Place {
        uint64_t offset, length, min_start_ns, max_end_ns;
    };

    blockpack::Blocks load(const Place &place) {
        Buffer buffer(static_cast<size_t>(place.length + 63) / 64);
        std::ifstream file(path_, std::ios::binary);
        file.seekg(static_cast<std::streamoff>(place.offset));
        file.read(reinterpret_cast<char *>(buffer.data()), static_cast<std::streamsize>(place.length));
        loads_++;
        return lending_.lend(std::move(buffer), static_cast<size_t>(place.length));
    }

    std::string path_;
    std::ofstream file_;
    std::vector<Place> index_;
    uint64_t end_ = 0;
    size_t loads_ = 0;
    Lending lending_;
};

blockpack::Blocks blocks_of_otlp(const char *path) {
    std::ifstream file(path, std::ios::binary);
    std::string input((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    bp_block_options options = BP_BLOCK_OPTIONS_INIT;
    options.max_spans = 2000;  // small blocks, to have several
    blockpack::Builder builder = check(blockpack::Builder::create(options));
    check(builder.add_input({reinterpret_cast<const uint8_t *>(input.data()), input.size()}));
    return check(builder.blocks());
}

void run(const char *path) {
    std::filesystem::path name = "blockpack-example-" + std::to_string(std::random_device()()) + ".blocks";
    Store store((std::filesystem::temp_directory_path() / name).string());
    store.append(blocks_of_otlp(path));
    std::cout << store.blocks() << " blocks, " << store.bytes() << " bytes in the store's file; bytes held: "
              << bp_bytes_held() << "\n";

    uint64_t errors = 0;
    store.scan(0, UINT64_MAX, "span:status", BP_OP_EQUAL, {blockpack::Value::span_status(2)},
               [&](const blockpack::SpanSet &found) { errors += found.count(); });
    std::cout << errors << " spans with an error, after reading " << store.loads() << " blocks\n";

    size_t before = store.loads();
    std::vector<blockpack::LazyFields> kept;
    store.scan(store.last_start_ns(), UINT64_MAX, "span:duration", BP_OP_GREATER,
               {blockpack::Value::duration_ns(100'000'000)}, [&](const blockpack::SpanSet &found) {
                   if (found.count() > 0) {
                       kept.push_back(check(found.fields(0)));
                   }
               });
    std::cout << "since the start of the last block: " << store.loads() - before << " blocks read; " << kept.size()
              << " spans are kept, so " << store.lent() << " buffers are lent\n";
    for (blockpack::LazyFields &fields : kept) {
        std::cout << "  " << check(fields.get("span:name")).as_string().value_or("") << "\n";
        fields.release();  // its buffer comes back in this call
    }
    std::cout << "released: " << store.lent() << " buffers are lent\n";
}

}  // namespace

int main(int argc, char **argv) {
    if (argc != 2) {
        std::cerr << "usage: " << argv[0] << " TRACES (OTLP, in any form that the library reads)\n";
        return 2;
    }
    run(argv[1]);
    std::cout << "bytes held in the end: " << bp_bytes_held() << "\n";
    return bp_live_handles(BP_HANDLE_ANY) == 0 ? 0 : 1;
}
