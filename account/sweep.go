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
	orphansAtOnce = 500 // names in one query
)

// SweepPictures deletes the pictures that no row names: of changes that failed, or
// of a process that was killed between two steps. Several instances may do it at
// the same time. Errors: CodeUnavailable and those of the storage.
func (s *Service) SweepPictures(ctx context.Context) error {
	until := s.Now().Add(-orphanAge)
	var names []string
	for stored, err := range s.Pictures.All(ctx) {
		if err != nil {
			return err
		}
		if stored.At.After(until) {
			continue
		}
		if names = append(names, stored.Name); len(names) == orphansAtOnce {
			if err := s.sweepThese(ctx, names); err != nil {
				return err
			}
			names = names[:0]
		}
	}
	return s.sweepThese(ctx, names)
}

func (s *Service) sweepThese(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return nil
	}
	used, err := s.Store.PicturesInUse(ctx, names)
	if err != nil {
		return err
	}
	for _, name := range names {
		if slices.Contains(used, name) {
			continue
		}
		if err := s.Pictures.Remove(ctx, name); err != nil {
			return err
		}
	}
	return nil
}
