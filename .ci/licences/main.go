// Command licences lists the modules Sallyport is made of, with the licence
// found in each module's own files. Run it in the folder of this file:
//
//	go run . -check ../..   # fail when docs/dependencies.md is stale
//	go run . -write ../..   # write it anew
//
// Either fails when a licence is not on the allow list, or none is found.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// allowed holds the licences a dependency may have, as SPDX identifiers: those
// that ask for attribution only, and MPL-2.0, whose demands end at its files.
var allowed = map[string]bool{
	"MIT": true, "BSD-2-Clause": true, "BSD-3-Clause": true, "ISC": true,
	"Apache-2.0": true, "MPL-2.0": true,
}

var errStale = errors.New("docs/dependencies.md is stale; write it with: (cd .ci/licences && go run . -write ../..)")

func main() {
	write := flag.Bool("write", false, "write docs/dependencies.md")
	check := flag.Bool("check", false, "compare docs/dependencies.md")
	flag.Parse()
	if flag.NArg() != 1 || *write == *check {
		fmt.Fprintln(os.Stderr, "usage: licences -check|-write ROOT")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *write); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(root string, write bool) error {
	program, err := modules(root, ".")
	if err != nil {
		return err
	}
	everything, err := modules(root, "-test", "./...")
	if err != nil {
		return err
	}
	text, err := render(program, without(everything, program))
	if err != nil {
		return err
	}
	path := filepath.Join(root, "docs", "dependencies.md")
	if write {
		return os.WriteFile(path, text, 0o644)
	}
	if present, err := os.ReadFile(path); err != nil || !bytes.Equal(present, text) {
		return errStale
	}
	fmt.Printf("%d modules in the program, %d more in its tests, all under allowed licences\n", len(program), len(everything)-len(program))
	return nil
}
