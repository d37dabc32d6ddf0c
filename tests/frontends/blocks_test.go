package frontends

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// TestFrontends_EachBlockOfThePageIsRun looks for each block in what the tests load:
// their own files, and the blocks that these load.
func TestFrontends_EachBlockOfThePageIsRun(t *testing.T) {
	t.Parallel()
	var sources strings.Builder
	err := fs.WalkDir(os.DirFS(filepath.Join(harness.Root(), "tests", "frontends")), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			sources.WriteString(harness.ReadPage(t, "tests/frontends/"+path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for title := range blocks(t) {
		if !strings.Contains(sources.String(), "/"+title+`"`) && !strings.Contains(sources.String(), `"`+title+`"`) {
			t.Errorf("no test runs the block %s", title)
		}
	}
}
