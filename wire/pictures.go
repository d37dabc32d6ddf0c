package wire

import (
	"context"
	"time"

	"sallyport/account"
	"sallyport/config"
	"sallyport/internal/media"
	"sallyport/models"
)

// newPictures is where pictures are kept.
func newPictures(c config.Media) (account.PictureStore, error) {
	if c.S3.Bucket == "" {
		return media.NewFolder(c.Folder), nil
	}
	return media.NewS3(media.S3Options(c.S3))
}

// SweepPictures is account.SweepPictures on what the configuration names. Call it
// about once an hour.
func SweepPictures(ctx context.Context, c config.Media, store *models.Store, now time.Time) error {
	pictures, err := newPictures(c)
	if err != nil {
		return err
	}
	return account.SweepPictures(ctx, store, pictures, now)
}
