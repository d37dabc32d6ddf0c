package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/config"
)

func TestCopy_EachSideIsReadWithoutWhatDotenvSaysOfTheOther(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		".env":         "DATABASE_URL_FILE=database-url\nDATABASE_MAX_CONNS=7\n",
		"database-url": "postgres://user@127.0.0.1:5432/of-the-server\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, url := range []string{"sqlite://app.db", "postgres://user@127.0.0.1:5432/target"} {
		cfg, err := config.LoadDatabase(withDatabaseURL(nil, url), dir, false)
		if err != nil || !strings.HasSuffix(cfg.Database.DSN, url[strings.LastIndex(url, "/")+1:]) {
			t.Errorf("%s: %q, %v", url, cfg.Database.DSN, err)
		}
	}
}
