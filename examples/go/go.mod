module github.com/libblockpack/libblockpack/examples/go

go 1.24

require github.com/libblockpack/libblockpack/go v0.1.0

// Inside this repository the package is beside; a program elsewhere leaves this line out.
replace github.com/libblockpack/libblockpack/go => ../../go
