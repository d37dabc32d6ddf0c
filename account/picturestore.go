package account

import (
	"context"
	"errors"
	"iter"
	"log/slog"

	"sallyport/internal/apperror"
	"sallyport/internal/media"
)

// PictureStore keeps pictures under names of media.NewName. *media.Folder is one
// and *media.S3 another. Their errors are media.ErrNotFound and
// media.ErrUnavailable.
type PictureStore interface {
	// Put keeps a picture, durably and as a whole.
	Put(ctx context.Context, name string, picture []byte) error
	// Open returns a picture that the caller closes.
	Open(ctx context.Context, name string) (media.File, error)
	// Remove deletes a picture. One that is not there is no error.
	Remove(ctx context.Context, name string) error
	// All lists what is kept. An error is the last that it yields.
	All(ctx context.Context) iter.Seq2[media.Stored, error]
}

// KeepPicture processes and keeps an uploaded picture, and returns its name. It is
// nobody's until a row names it; the sweep removes it where none does.
// Errors: CodeValidation and CodeBodyTooLarge for the picture, CodeTooBusy,
// CodeUnavailable where the storage does not serve.
func (s *Service) KeepPicture(ctx context.Context, p Picture, file []byte) (name string, err error) {
	picture, err := s.Processor.Process(ctx, file, p.shape())
	if err != nil {
		return "", p.refused(err)
	}
	name = media.NewName(picture.Type)
	return name, p.refused(s.Pictures.Put(context.WithoutCancel(ctx), name, picture.Bytes))
}

// dropUnused deletes pictures that were kept for a change which failed with this
// error. Where the change may have happened all the same they stay: the sweep
// knows later.
func (s *Service) dropUnused(ctx context.Context, failure error, pictures ...string) {
	if code := apperror.CodeOf(failure); code != "" && code != apperror.CodeUnavailable {
		s.DropPictures(ctx, pictures...)
	}
}

// DropPictures deletes pictures that no row names any more. It does so beside the
// request; what cannot be deleted now the sweep deletes later. A text that is
// no name of ours, as an address on another site, is left alone.
func (s *Service) DropPictures(ctx context.Context, pictures ...string) {
	ctx = context.WithoutCancel(ctx)
	for _, name := range pictures {
		if !media.IsName(name) {
			continue
		}
		s.Background(func() {
			if err := s.Pictures.Remove(ctx, name); err != nil {
				s.Log.WarnContext(ctx, "a picture that is not used any more could not be deleted yet", slog.Any("error", err))
			}
		})
	}
}

// OpenPicture returns a kept picture, to be closed by the caller.
// Errors: CodeNotFound, CodeUnavailable.
func (s *Service) OpenPicture(ctx context.Context, name string) (media.File, error) {
	file, err := s.Pictures.Open(ctx, name)
	switch {
	case errors.Is(err, media.ErrNotFound):
		return nil, &apperror.Error{Code: apperror.CodeNotFound, Message: "no such picture"}
	case err != nil:
		return nil, apperror.Unavailable(err)
	}
	return file, nil
}
