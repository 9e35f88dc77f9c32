// Uses the installed library through the Go package, in a module of its own; tools/test-install.sh
// builds it outside of the source tree.
package main

import (
	"fmt"
	"os"

	"github.com/libblockpack/libblockpack/go"
)

func main() {
	query, err := blockpack.CompileQuery("{ status = error }")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer query.Close()
	fmt.Println("libblockpack", blockpack.Version(), "reads", query)
}
