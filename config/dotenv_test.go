package config

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestDotenv_EnvironmentWins(t *testing.T) {
	dir := writeDotenv(t, "\ufeffPORT=1111\r\nMAX_SESSIONS=3\r\nDEMO=off\r\n")
	c, err := Load(with(keys, "PORT=2222", "DEMO="), dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if c.Port != 2222 || c.Sessions.Max != 3 || !c.Demo {
		t.Errorf("port %d, sessions %d, demo %v", c.Port, c.Sessions.Max, c.Demo)
	}
}

func TestDotenv_MalformedFileIsNamedAndNotQuoted(t *testing.T) {
	tests := map[string]string{
		"no equals sign":        "PORT=1\nhunter2 hunter2\nDEMO=on\n",
		"no equals sign at end": "PORT=1\nhunter2",
		"space in the name":     "PORT=1\nPO RT=hunter2\n",
		"no name":               "PORT=1\n=hunter2\n",
		"open quote":            "PORT=1\nREFRESH_TOKEN_SECRET='hunter2\n",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			dir := writeDotenv(t, text)
			problems := problemsOf(t, keys, dir)
			if len(problems) != 1 || problems[0].Variable != filepath.Join(dir, ".env") {
				t.Fatalf("%v", problems)
			}
			if text := problems.Error(); strings.Contains(text, "hunter2") || !strings.Contains(text, "line 2") {
				t.Error(text)
			}
		})
	}
}

func TestDotenv_UnreadableFileIsAProblem(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".env"), 0o700); err != nil {
		t.Fatal(err)
	}
	if problems := problemsOf(t, keys, dir); len(problems) != 1 {
		t.Errorf("%v", problems)
	}
}

func example(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestExample_NamesExactlyTheVariables(t *testing.T) {
	var names []string
	for _, match := range regexp.MustCompile(`(?m)^#([A-Z_]+)=`).FindAllStringSubmatch(example(t), -1) {
		names = append(names, match[1])
	}
	byName := cmpopts.SortSlices(strings.Compare)
	if diff := cmp.Diff(supported, names, byName); diff != "" {
		t.Error(diff)
	}
}

func TestExample_CopiedAsDotenvChangesNothing(t *testing.T) {
	tests := map[string]string{
		"as it is":                  example(t),
		"every setting uncommented": regexp.MustCompile(`(?m)^#([A-Z_]+=)`).ReplaceAllString(example(t), "$1"),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			dir := writeDotenv(t, "")
			want, err := Load(nil, dir, true)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := Load(nil, dir, true)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Config{}, "Notices"), cmpopts.IgnoreFields(Database{}, "Named")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSupported_IsWhatTheCodeReads(t *testing.T) {
	read := make(map[string]bool)
	files, _ := filepath.Glob("*.go")
	for _, file := range files {
		if file == "typos.go" || strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		call := regexp.MustCompile(`(?:r\.(?:get|text|choice|flag|number|duration|list|sender)\(|Secret += |Limit += |fileOf\w+ += )"([A-Z_]+)"`)
		for _, match := range call.FindAllStringSubmatch(string(text), -1) {
			read[match[1]] = true
		}
	}
	if diff := cmp.Diff(supported, slices.Collect(maps.Keys(read)), cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Error(diff)
	}
}
