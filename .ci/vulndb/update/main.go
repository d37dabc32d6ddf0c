// Command update copies from the Go vulnerability database what may concern
// this repository: the records of every module in go.mod, and of Go itself,
// whose fix is newer than the version asked for, or that have none. It replaces
// the copy in .ci/vulndb. Run it in the folder of this file: go run . ../../..
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// entry is what the database's index says about a module.
// Source: https://go.dev/doc/security/vuln/database
type entry struct {
	Path  string   `json:"path"`
	Vulns []record `json:"vulns"`
}

type record struct {
	ID       string `json:"id"`
	Modified string `json:"modified"`
	Fixed    string `json:"fixed,omitempty"`
}

func main() {
	from := flag.String("db", "https://vuln.go.dev", "the database's address")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: update [-db URL] ROOT")
		os.Exit(2)
	}
	if err := run(database{*from}, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(db database, root string) error {
	versions, err := required(root)
	if err != nil {
		return err
	}
	text, err := db.get("index/modules.json")
	if err != nil {
		return err
	}
	var all []entry
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	kept := concerning(all, versions)
	index, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	return db.copyTo(filepath.Join(root, ".ci", "vulndb"), index, kept)
}

// concerning keeps the records without a fix in the required version.
func concerning(all []entry, versions map[string]string) []entry {
	var kept []entry
	for _, module := range all {
		version, ok := versions[module.Path]
		if !ok {
			continue
		}
		module.Vulns = slices.DeleteFunc(module.Vulns, func(r record) bool {
			return r.Fixed != "" && !newer(r.Fixed, version)
		})
		if len(module.Vulns) > 0 {
			kept = append(kept, module)
		}
	}
	return kept
}
