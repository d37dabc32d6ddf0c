// Command vulnerabilities fails when the program reaches a known vulnerability
// that .ci/vulnerabilities-accepted does not name, and when a line there is not
// needed. Run it in the top folder of this repository:
//
//	go run ./.ci/vulnerabilities
//
// The Go vulnerability database comes through the module proxy, from where the
// modules of go.mod come too; govulncheck says what the program reaches.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	text, err := os.ReadFile(".ci/vulnerabilities-accepted")
	if err != nil {
		return err
	}
	accepted, err := parseAccepted(string(text))
	if err != nil {
		return err
	}
	advised, err := toolchain()
	if err != nil {
		return err
	}
	database, err := fetchDatabase()
	if err != nil {
		return fmt.Errorf("the Go vulnerability database, golang.org/x/vulndb, could not be had from the module proxy: %w", err)
	}
	output, err := goCommand(".", "tool", "-modfile=.ci/tools/go.mod", "govulncheck", "-format", "json", "-db", database, ".")
	if err != nil {
		return err
	}
	found, err := parseReport(bytes.NewReader(output))
	if err != nil {
		return err
	}
	for _, id := range found.ids() {
		fmt.Printf("%s: %s\n  %s\n", id, found.summaries[id], accepted[id].reason)
	}
	return errors.Join(compare(found, accepted, advised)...)
}

// fetchDatabase returns the address of the newest database. Its folder of
// records without an index is enough for govulncheck.
func fetchDatabase() (string, error) {
	text, err := goCommand(os.TempDir(), "mod", "download", "-json", "golang.org/x/vulndb@latest") // not here: go.sum is the program's
	var module struct{ Version, Dir, Error string }
	if json.Unmarshal(text, &module) == nil && module.Error != "" {
		return "", errors.New(module.Error)
	}
	if err != nil {
		return "", err
	}
	fmt.Println("golang.org/x/vulndb", module.Version)
	return "file://" + filepath.ToSlash(filepath.Join(module.Dir, "data", "osv")), nil
}

// toolchain returns the Go version that go.mod advises to build with.
func toolchain() (string, error) {
	text, err := goCommand(".", "mod", "edit", "-json")
	if err != nil {
		return "", err
	}
	var module struct{ Toolchain string }
	return module.Toolchain, json.Unmarshal(text, &module)
}

// goCommand runs the go command in the folder and returns what it prints. It
// fails if the command does.
func goCommand(folder string, arguments ...string) ([]byte, error) {
	command := exec.Command("go", arguments...) // #nosec G204 -- always go; the arguments are those above
	command.Dir = folder
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		err = fmt.Errorf("%v: %w", command.Args, err)
	}
	return text, err
}
