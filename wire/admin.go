package wire

import (
	"context"
	"log/slog"
	"time"

	"sallyport/account"
	"sallyport/admin"
	"sallyport/auth"
	"sallyport/auth/password"
	"sallyport/config"
	"sallyport/internal/media"
	"sallyport/models"
)

// Administration builds what a command does to users, without what serves requests:
// it signs no token, sends no mail and remembers nobody. hasher is needed to create
// a user, and nil is enough for the rest. Pictures of a user who is deleted are
// left to the sweep of a running server.
func Administration(c config.Config, store *models.Store, hasher *password.Hasher, log *slog.Logger) (*admin.Service, error) {
	service, err := auth.New(auth.Options{
		Store:     store,
		Hasher:    hasher,
		Passwords: auth.PasswordPolicy{MinLength: c.PasswordMinLength, SiteWords: siteWords(c.PublicURL)},
		Breaches:  breaches(c.BreachListURL),
		Now:       time.Now,
		Log:       log,
	})
	if err != nil {
		return nil, err
	}
	return admin.New(admin.Options{
		Auth: service, Store: store, DropPictures: func(context.Context, ...string) {}, Now: time.Now, Log: log,
	}), nil
}

func newAdmin(p Parts, service *auth.Service, people *account.Service) *admin.Service {
	return admin.New(admin.Options{Auth: service, Store: p.Store, DropPictures: people.DropPictures, Now: p.Now, Log: p.Log})
}

func newAccount(p Parts, service *auth.Service, pictures account.PictureStore) *account.Service {
	return account.New(account.Options{
		Auth: service, Store: p.Store, HasLocale: p.Templates.Has, Processor: media.NewProcessor(), Pictures: pictures,
		Background: p.Background, Now: p.Now, Log: p.Log,
	})
}
