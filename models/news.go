package models

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"sallyport/internal/news"
)

// tellNews writes a row of news for each user of whom what others remember is
// wrong now. A refresh and a sign-in are none of it: they add what nobody refuses
// without reading the row.
func tellNews(tx *gorm.DB, swaps []Swap) error {
	for _, swap := range swaps {
		if !swap.outdates() {
			continue
		}
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		if err := tx.Exec("INSERT INTO news (id, user_id) VALUES (?, ?)", id, swap.Old.ID).Error; err != nil {
			return err
		}
	}
	return nil
}

// outdates reports whether the swap takes a session away or changes what a check
// of an access token shows of the user.
func (s Swap) outdates() bool {
	if s.Old.ID == uuid.Nil {
		return false
	}
	ended := slices.ContainsFunc(s.Old.Sessions, func(old Session) bool {
		_, lives := s.Next.Session(old.ID)
		return !lives
	})
	return ended || s.Next.ID == uuid.Nil || len(s.columns()) > 0
}

// recentNews are by the clock of the database, as it is when the statement begins: a
// clock that goes on during the statement would keep PostgreSQL from the index.
var recentNews = map[string]string{
	"postgres": "SELECT id, user_id FROM news WHERE at > now() - interval '30 seconds'",
	"sqlite":   "SELECT id, user_id FROM news WHERE at > unixepoch() - 30",
}

var oldNews = map[string]string{
	"postgres": "DELETE FROM news WHERE id IN (SELECT id FROM news WHERE at < now() - interval '5 minutes' LIMIT ?)",
	"sqlite":   "DELETE FROM news WHERE id IN (SELECT id FROM news WHERE at < unixepoch() - 300 LIMIT ?)",
}

// RecentNews returns the rows of news of the last 30 seconds.
func (s *Store) RecentNews(ctx context.Context) (rows []news.Row, err error) {
	err = s.db.ReadApart(ctx, func(db *gorm.DB) error {
		return db.Raw(recentNews[db.Name()]).Scan(&rows).Error
	})
	return rows, wrap("read news", err)
}
