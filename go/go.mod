module github.com/libblockpack/libblockpack/go

go 1.24
