package wire

import (
	"sallyport/account"
	"sallyport/admin"
	"sallyport/auth"
	"sallyport/internal/media"
)

// Admin returns what administrators do, for a command that no server runs beside.
// Mail that it writes waits in the outbox for a server.
func Admin(p Parts) (*admin.Service, error) {
	pictures, err := newPictures(p.Config.Media)
	if err != nil {
		return nil, err
	}
	limits, err := newLimiters(p.Config.Limits, p.Counters, p.Log)
	if err != nil {
		return nil, err
	}
	service, err := newService(p, limits, auth.Outside{}, func() {})
	if err != nil {
		return nil, err
	}
	return newAdmin(p, service, newAccount(p, service, pictures)), nil
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
