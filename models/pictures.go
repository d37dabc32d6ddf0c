package models

import (
	"context"

	"gorm.io/gorm"
)

// PicturesInUse returns those of the names that a user's row holds as a picture.
func (s *Store) PicturesInUse(ctx context.Context, names []string) (used []string, err error) {
	err = s.db.ReadStatement(ctx, func(db *gorm.DB) error {
		return db.Raw(
			"SELECT avatar_url FROM users WHERE avatar_url <> '' AND avatar_url IN ? "+ // <> '': so that the index serves
				"UNION SELECT cover_image_url FROM users WHERE cover_image_url <> '' AND cover_image_url IN ?", names, names,
		).Scan(&used).Error
	})
	return used, wrap("look up pictures", err)
}
