package wire

import (
	"sallyport/account"
	"sallyport/config"
	"sallyport/internal/media"
)

// newPictures is where pictures are kept.
func newPictures(c config.Media) (account.PictureStore, error) {
	if c.S3.Bucket == "" {
		return media.NewFolder(c.Folder), nil
	}
	return media.NewS3(media.S3Options(c.S3))
}
