package account

import (
	"context"
	"errors"

	"sallyport/auth"
	"sallyport/internal/apperror"
	"sallyport/internal/media"
	"sallyport/models"
)

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
			s.DropPictures(ctx, kept...)
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
		s.DropPictures(ctx, former)
	}
	return user, err
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
