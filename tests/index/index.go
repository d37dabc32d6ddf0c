// Package index lists the tests there are, for documents that name them. Most
// callers need [Tests]. It imports nothing of the program.
package index

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
)

// Tests lists the tests and fuzz targets of every package under root, each as
// "folder.TestName" with slashes in the folder.
func Tests(root string) (tests []string, err error) {
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		names, err := testsOf(path)
		for _, name := range names {
			tests = append(tests, filepath.ToSlash(folder)+"."+name)
		}
		return err
	})
	return tests, err
}

func testsOf(path string) (names []string, err error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, declared := range file.Decls {
		f, isFunc := declared.(*ast.FuncDecl)
		if isFunc && f.Recv == nil && (strings.HasPrefix(f.Name.Name, "Test") || strings.HasPrefix(f.Name.Name, "Fuzz")) {
			names = append(names, f.Name.Name)
		}
	}
	return names, nil
}
