package main

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// required returns each module's version in go.mod, and Go's own under the
// names the database has for it.
func required(root string) (map[string]string, error) {
	list := exec.Command("go", "list", "-m", "-f", "{{if .Main}}stdlib {{.GoVersion}}{{else}}{{.Path}} {{.Version}}{{end}}", "all")
	list.Dir = root
	list.Stderr = os.Stderr
	output, err := list.Output()
	if err != nil {
		return nil, err
	}
	versions := map[string]string{}
	for line := range strings.Lines(string(output)) {
		path, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		versions[path] = strings.TrimPrefix(version, "v")
	}
	versions["toolchain"] = versions["stdlib"]
	return versions, nil
}

// newer compares major, minor and patch. What follows them counts as newer, so
// that a record is rather kept than lost.
func newer(fixed, version string) bool {
	f, v := parse(fixed), parse(version)
	return slices.Compare(f, v) > 0 || slices.Equal(f, v) && strings.ContainsAny(fixed+version, "-+")
}

func parse(version string) []int {
	core, _, _ := strings.Cut(version, "-")
	numbers := make([]int, 3)
	for i, part := range strings.SplitN(core, ".", 3) {
		numbers[i], _ = strconv.Atoi(part) // what is no number counts as 0
	}
	return numbers
}
