// Asvs checks docs/security/asvs.md against the list of requirements and the
// tree, and writes the counts at its top: go run ./tests/asvs, from the root of
// the repository. Its test checks the same and writes nothing.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"sallyport/tests/index"
)

const folder = "docs/security"

func main() {
	problems, err := update(".")
	for _, problem := range problems {
		fmt.Println(problem)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "asvs:", err)
	}
	if err != nil || len(problems) > 0 {
		os.Exit(1)
	}
}

// update writes the counts into the document and returns what is wrong with
// the rest of it.
func update(root string) (problems []string, err error) {
	path := filepath.Join(root, folder, "asvs.md")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rows, _ := read(string(text))
	counted, err := withCounts(string(text), rows)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(path, []byte(counted), 0o644); err != nil {
		return nil, err
	}
	return check(root)
}

// check returns what is wrong with the document of this tree, and with what the
// pages beside it refer to.
func check(root string) (problems []string, err error) {
	list, err := requirements(filepath.Join(root, folder, "asvs-5.0.0-ids.csv"))
	if err != nil {
		return nil, err
	}
	tree, err := newTree(root)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(root, folder, "asvs.md"))
	if err != nil {
		return nil, err
	}
	problems = wrong(string(text), list)
	pages, err := filepath.Glob(filepath.Join(root, folder, "*.md"))
	for _, page := range append(pages, filepath.Join(root, "SECURITY.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			return nil, err
		}
		for _, absent := range tree.absent(string(text), filepath.Dir(page)) {
			problems = append(problems, filepath.Base(page)+" names "+absent+", which does not exist")
		}
	}
	return problems, err
}

// newTree reads what a document may refer to.
func newTree(root string) (tree, error) {
	tests, err := index.Tests(root)
	if err != nil {
		return tree{}, err
	}
	settings, err := os.ReadFile(filepath.Join(root, ".env.example"))
	return tree{root: root, tests: tests, settings: string(settings)}, err
}
