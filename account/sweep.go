package account

import (
	"context"
	"slices"
	"time"
)

const (
	// orphanAge is how old a picture is at least before a sweep deletes it. A row
	// names a new one within a minute; a storage whose clock differs from ours by
	// more than 15 minutes takes none.
	orphanAge     = time.Hour
	orphansAtOnce = 500              // names in one query
	sweepTime     = 30 * time.Minute // after which it is left to the next one: the storage may hang
)

// PictureRows knows which pictures are somebody's. *models.Store does.
type PictureRows interface {
	// PicturesInUse returns those of the names that are some user's picture.
	PicturesInUse(ctx context.Context, names []string) ([]string, error)
}

// SweepPictures deletes the pictures that no row names: of changes that failed, or
// of a process that was killed between two steps. Several instances may do it at
// the same time. Errors: those of the rows and the store.
func SweepPictures(ctx context.Context, rows PictureRows, store PictureStore, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, sweepTime)
	defer cancel()
	until := now.Add(-orphanAge)
	var names []string
	for stored, err := range store.All(ctx) {
		if err != nil {
			return err
		}
		if stored.At.After(until) {
			continue
		}
		if names = append(names, stored.Name); len(names) == orphansAtOnce {
			if err := sweepThese(ctx, rows, store, names); err != nil {
				return err
			}
			names = names[:0]
		}
	}
	return sweepThese(ctx, rows, store, names)
}

func sweepThese(ctx context.Context, rows PictureRows, store PictureStore, names []string) error {
	if len(names) == 0 {
		return nil
	}
	used, err := rows.PicturesInUse(ctx, names)
	if err != nil {
		return err
	}
	for _, name := range names {
		if slices.Contains(used, name) {
			continue
		}
		if err := store.Remove(ctx, name); err != nil {
			return err
		}
	}
	return nil
}
