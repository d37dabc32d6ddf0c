package account

import (
	"context"
	"errors"
	"iter"
	"log/slog"

	"sallyport/auth"
	"sallyport/internal/apperror"
	"sallyport/internal/media"
	"sallyport/models"
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

// Picture is one of the pictures that a user has, named as in requests.
type Picture string

// The pictures.
const (
	Avatar     Picture = "avatar"
	CoverImage Picture = "coverImage"
)

// of is the column of the user that holds the name of the picture.
func (p Picture) of(user *models.User) *string {
	if p == Avatar {
		return &user.AvatarURL
	}
	return &user.CoverImageURL
}

func (p Picture) shape() media.Shape {
	if p == Avatar {
		return media.Avatar
	}
	return media.Cover
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

// SetPicture makes the uploaded file the picture of the acting user. The one before
// is deleted once the change is durable.
// Errors: those of [Service.KeepPicture], CodeSessionEnded.
func (s *Service) SetPicture(ctx context.Context, who auth.Identity, p Picture, file []byte) (models.User, error) {
	name, err := s.KeepPicture(ctx, p, file)
	if err != nil {
		return models.User{}, err
	}
	user, err := s.replacePicture(ctx, who, p, name)
	if err != nil {
		s.dropUnused(ctx, err, name)
	}
	return user, err
}

// Register is auth.Register with the pictures that were uploaded with it. Where
// it fails none of them stays. Errors: those of both, and of [Service.KeepPicture].
func (s *Service) Register(ctx context.Context, r auth.Registration, files map[Picture][]byte, client auth.Client) (user models.User, grant auth.Grant, err error) {
	var kept []string
	for picture, file := range files {
		name, err := s.KeepPicture(ctx, picture, file)
		if err != nil {
			s.dropPictures(ctx, kept...)
			return user, grant, err
		}
		kept = append(kept, name)
		if picture == Avatar {
			r.Avatar = name
		} else {
			r.CoverImage = name
		}
	}
	user, grant, err = s.Auth.Register(ctx, r, client)
	if err != nil {
		s.dropUnused(ctx, err, kept...)
	}
	return user, grant, err
}

// RemovePicture leaves the acting user without this picture.
// Errors: CodeSessionEnded.
func (s *Service) RemovePicture(ctx context.Context, who auth.Identity, p Picture) (models.User, error) {
	return s.replacePicture(ctx, who, p, "")
}

func (s *Service) replacePicture(ctx context.Context, who auth.Identity, p Picture, name string) (user models.User, err error) {
	ctx = context.WithoutCancel(ctx) // a client that hangs up now leaves no file that nobody names
	var former string
	err = s.Auth.Update(ctx, func() (auth.Plan, error) {
		old, err := s.Auth.Own(ctx, who)
		if err != nil {
			return auth.Plan{}, err
		}
		user, former = old, *p.of(&old)
		if former == name {
			return auth.Plan{}, nil
		}
		*p.of(&user), user.UpdatedAt = name, s.Now()
		return auth.One(old, user, happened(profileChanged, who)), nil
	})
	if err == nil && former != name {
		s.dropPictures(ctx, former)
	}
	return user, err
}

// dropUnused deletes pictures that were kept for a change which failed with this
// error. Where the change may have happened all the same they stay: the sweep
// knows later.
func (s *Service) dropUnused(ctx context.Context, failure error, pictures ...string) {
	if code := apperror.CodeOf(failure); code != "" && code != apperror.CodeUnavailable {
		s.dropPictures(ctx, pictures...)
	}
}

// dropPictures deletes pictures that no row names any more. It does so beside the
// request; what cannot be deleted now the sweep deletes later. A text that is
// no name of ours, as an address on another site, is left alone.
func (s *Service) dropPictures(ctx context.Context, pictures ...string) {
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

// refused says what is wrong with the picture in the words of its user.
func (p Picture) refused(err error) error {
	var message string
	switch {
	case errors.Is(err, media.ErrTooManyBytes):
		return &apperror.Error{Code: apperror.CodeBodyTooLarge, Message: string(p) + " must have at most 5 MB", Cause: err,
			Fields: []apperror.FieldError{{Field: string(p), Message: "must have at most 5 MB"}}}
	case errors.Is(err, media.ErrTooManyPixels):
		message = "must have at most 40 megapixels (a progressive JPEG 26) and 65535 pixels on a side"
	case errors.Is(err, media.ErrUnsupported):
		message = "must be a JPEG, PNG, GIF or WebP picture, and no animated WebP"
	case errors.Is(err, media.ErrDamaged):
		message = "cannot be read: the file is damaged or not complete"
	case errors.Is(err, media.ErrBusy):
		return &apperror.Error{Code: apperror.CodeTooBusy, Message: "too many pictures are being processed, try again shortly", Cause: err}
	case errors.Is(err, media.ErrUnavailable):
		return apperror.Unavailable(err)
	default:
		return err
	}
	refusal := apperror.Invalid(apperror.FieldError{Field: string(p), Message: message})
	refusal.Cause = err
	return refusal
}
