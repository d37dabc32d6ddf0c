package harness

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ReadPage returns a page of the repository, by its path from the root.
func ReadPage(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root(), path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// CodeBlock returns the first block in this language under a heading of the
// second level of a page.
func CodeBlock(t testing.TB, path, heading, language string) string {
	t.Helper()
	_, section, found := strings.Cut(ReadPage(t, path), "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	_, block, begins := strings.Cut(section, "\n```"+language+"\n")
	block, _, ends := strings.Cut(block, "```")
	if !found || !begins || !ends {
		t.Fatalf("%s has no %s block under %q", path, language, heading)
	}
	return block
}
