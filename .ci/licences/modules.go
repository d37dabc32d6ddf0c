package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// module is one the build takes from elsewhere.
type module struct {
	path, version, folder string
}

// modules returns what the packages need, sorted by path: for Linux and without
// a C compiler, so that the list is the same on every machine. Modules replaced
// by a folder of this repository are its own code and are left out.
func modules(root string, packages ...string) ([]module, error) {
	const format = "{{with .Module}}{{if not (or .Main .Replace)}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}"
	list := exec.Command("go", append([]string{"list", "-deps", "-f", format}, packages...)...)
	list.Dir = root
	list.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	list.Stderr = os.Stderr
	output, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	lines := slices.Compact(slices.Sorted(strings.Lines(string(output))))
	var found []module
	for _, line := range lines {
		if fields := strings.Split(strings.TrimSpace(line), "\t"); len(fields) == 3 {
			found = append(found, module{path: fields[0], version: fields[1], folder: fields[2]})
		}
	}
	return found, nil
}

func without(all, some []module) []module {
	return slices.DeleteFunc(slices.Clone(all), func(m module) bool { return slices.Contains(some, m) })
}
