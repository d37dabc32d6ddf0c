package deploy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

const testVersion = "v0.0.1-test"

// cloned is a copy of this commit with a tag on it. What is not committed is not in
// it, as it is in no release.
func cloned(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "sallyport")
	for _, args := range [][]string{{"clone", "-q", "--no-tags", harness.Root(), dir}, {"-C", dir, "tag", testVersion}} {
		if said, err := output("/", harness.Program(t, "git", "git"), args...); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
	}
	return dir
}

// release builds one platform, that of the test.
func release(t *testing.T, dir, version, out string) (said string, err error) {
	t.Helper()
	command := exec.Command(filepath.Join(dir, ".ci", "release"), version, out)
	command.Dir = dir
	command.Env = append(os.Environ(), "PLATFORMS="+runtime.GOOS+"/"+runtime.GOARCH)
	text, err := command.CombinedOutput()
	return string(text), err
}

// filesOf are the digests of the files of a folder, by name.
func filesOf(t *testing.T, dir string) (digests map[string]string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	digests = map[string]string{}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		digest := sha256.Sum256(content)
		digests[entry.Name()] = hex.EncodeToString(digest[:])
	}
	return digests
}

func TestRelease_IsTheSameFromTwoFoldersAndSaysItsVersion(t *testing.T) {
	t.Parallel()
	first, second := filepath.Join(t.TempDir(), "dist"), filepath.Join(t.TempDir(), "other")
	for _, out := range []string{first, second} {
		if said, err := release(t, cloned(t), testVersion, out); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
	}
	name := "sallyport-" + testVersion + "-" + runtime.GOOS + "-" + runtime.GOARCH
	files := filesOf(t, first)
	for _, file := range []string{name + ".tar.gz", name + ".cdx.json", "SHA256SUMS"} {
		if files[file] == "" || filesOf(t, second)[file] != files[file] {
			t.Errorf("%s is %q, and built again %q", file, files[file], filesOf(t, second)[file])
		}
		if sums := readFile(t, first, "SHA256SUMS"); file != "SHA256SUMS" && !strings.Contains(sums, files[file]+"  "+file+"\n") {
			t.Errorf("%s: %s", file, sums)
		}
	}
	wantModules(t, readFile(t, first, name+".cdx.json"))
	unpacked := t.TempDir()
	if said, err := output(first, harness.Program(t, "tar", "tar"), "-xzf", name+".tar.gz", "-C", unpacked); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	folder := filepath.Join(unpacked, name)
	if readFile(t, folder, ".env.example") != harness.ReadPage(t, ".env.example") || readFile(t, folder, "LICENSE") != harness.ReadPage(t, "LICENSE") {
		t.Error("the archive has other files than the source")
	}
	if said, err := output(folder, "./sallyport", "--version"); err != nil || !strings.Contains(said, testVersion) {
		t.Errorf("%v: %s", err, said)
	}
}

// wantModules fails unless the list names modules that the program is built from.
func wantModules(t *testing.T, text string) {
	t.Helper()
	var list struct {
		Format     string `json:"bomFormat"`
		Components []struct{ Name, Version string }
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil || list.Format != "CycloneDX" {
		t.Fatalf("%v: %.200s", err, text)
	}
	for _, module := range []string{"github.com/gin-gonic/gin", "modernc.org/sqlite"} {
		if !slices.ContainsFunc(list.Components, func(c struct{ Name, Version string }) bool { return c.Name == module && c.Version != "" }) {
			t.Errorf("%s is not listed", module)
		}
	}
}

func readFile(t *testing.T, dir, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestRelease_RefusesWhatIsNotTheTaggedCommit(t *testing.T) {
	t.Parallel()
	dir, out := cloned(t), filepath.Join(t.TempDir(), "dist")
	for version, words := range map[string]string{"1.0.0": "no version", "v9.9.9": "no tag of this commit", "v1.0.0/../..": "no version"} {
		if said, err := release(t, dir, version, out); err == nil || !strings.Contains(said, words) {
			t.Errorf("%s: %v: %s", version, err, said)
		}
	}
	harness.WriteFile(t, dir, "changed.go", []byte("package main\n"))
	if said, err := release(t, dir, testVersion, out); err == nil || !strings.Contains(said, "changed.go") {
		t.Errorf("%v: %s", err, said)
	}
}
