// Spans as OTLP. Part of blockpack.hpp.
#ifndef BLOCKPACK_OTLP_HPP
#define BLOCKPACK_OTLP_HPP

#include "result.hpp"

namespace blockpack {

// Bytes that the library made. They need nothing else.
class Buffer {
  public:
    explicit Buffer(bp_buffer *buffer) : buffer_(buffer) {}

    // Valid as long as this object.
    ByteView bytes() const { return view(bp_buffer_bytes(get())); }
    // The same, for formats that are text.
    std::string_view text() const {
        return {reinterpret_cast<const char *>(bytes().data), bytes().size};
    }
    bp_buffer *get() const { return buffer_.get(); }

  private:
    detail::Owner<bp_buffer, bp_buffer_free> buffer_;
};

}  // namespace blockpack

#endif  // BLOCKPACK_OTLP_HPP
