package transfer

import (
	"log/slog"
	"os"
	"testing"

	"gorm.io/gorm"

	"sallyport/models"
	"sallyport/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

// brokenOnce is a view of three rows, and PostgreSQL breaks off the first query of
// it behind the second one. The lock says that it has done so: unlike a row it stays
// when the query is undone.
const brokenOnce = `
CREATE FUNCTION broken_once(n int) RETURNS int LANGUAGE plpgsql STABLE COST 100000 AS $$
BEGIN
	IF n = 3 AND NOT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711) THEN
		PERFORM pg_advisory_lock(4711);
		RAISE EXCEPTION 'broken off' USING ERRCODE = '40001';
	END IF;
	RETURN n;
END $$;
CREATE VIEW broken AS SELECT n AS id, broken_once(n) AS value FROM generate_series(1, 3) AS n;`

func TestContentsOf_APageThatIsReadAgainCountsOnce(t *testing.T) {
	store, err := models.Open(t.Context(), models.Options{Driver: models.Postgres, DSN: harness.PostgresURL(t)}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Write(t.Context(), func(tx *gorm.DB) error { return tx.Exec(brokenOnce).Error }); err != nil {
		t.Fatal(err)
	}
	c := &copying{CopyOptions: CopyOptions{To: store}}
	found, err := c.contentsOf(t.Context(), table{name: "broken", columns: []column{{name: "id"}, {name: "value"}}, key: []string{"id"}})
	if err != nil || found.rows != 3 {
		t.Errorf("%d rows, %v; want 3", found.rows, err)
	}
}
