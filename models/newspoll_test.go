package models_test

import (
	"context"
	"strings"
	"testing"

	"gorm.io/gorm"

	"sallyport/internal/news"
	"sallyport/models"
	"sallyport/tests/harness"
)

// Every instance asks for them each second, and the table holds an hour of news.
func TestRecentNews_AreFoundByTheirIndex(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		for _, statement := range []string{models.RecentNewsOf[string(driver)], strings.Replace(models.OldNewsOf[string(driver)], "?", "1000", 1)} {
			if plan := planOf(t, store, statement); !strings.Contains(plan, "news_at") {
				t.Errorf("%s:\n%s", statement, plan)
			}
		}
	})
}

// Where they waited behind requests, an instance with too many of them would trust its
// memory no more, and read a row for each.
func TestRecentNews_WaitForNoRequest(t *testing.T) {
	store, err := models.Open(t.Context(), models.Options{Driver: models.Postgres, DSN: harness.PostgresURL(t), MaxConns: 1}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = store.Read(t.Context(), func(*gorm.DB) error { // has the one connection
		ctx, cancel := context.WithTimeout(t.Context(), news.Settled)
		defer cancel()
		_, err := store.RecentNews(ctx)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// planOf is how the database runs the statement where the table is large.
func planOf(t *testing.T, store *models.Store, statement string) (plan string) {
	t.Helper()
	err := store.Read(t.Context(), func(db *gorm.DB) error {
		if db.Name() == string(models.SQLite) {
			var steps []struct{ Detail string }
			err := db.Raw("EXPLAIN QUERY PLAN " + statement).Scan(&steps).Error
			for _, step := range steps {
				plan += step.Detail + "\n"
			}
			return err
		}
		if err := db.Raw("SELECT set_config('enable_seqscan', 'off', true)").Scan(new(string)).Error; err != nil {
			return err
		}
		var lines []string
		err := db.Raw("EXPLAIN " + statement).Scan(&lines).Error
		plan = strings.Join(lines, "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}
