//! The C ABI of libblockpack: the only place where C types and raw pointers are known.
