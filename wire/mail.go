package wire

import (
	"net/url"
	"path/filepath"

	"sallyport/auth"
	"sallyport/config"
	"sallyport/internal/mail"
	"sallyport/models"
)

// Templates loads those of mail. An error has a line for each thing that is wrong
// in the folder MAIL_TEMPLATES.
func Templates(c config.Config) (*mail.Templates, error) {
	return mail.LoadTemplates(c.Mail.Templates, site(c.AppURL))
}

// site is the host of the product, as people know it.
func site(appURL string) string {
	u, err := url.Parse(appURL)
	if err != nil {
		return appURL
	}
	return u.Hostname()
}

// post says how the use cases write mail, and wake is called when they have.
func post(c config.Config, limits limiters, wake func()) auth.Post {
	return auth.Post{
		On: c.Mail.Possible(c.Production), Notices: c.Mail.Notices, LinkBase: c.AppURL, Wake: wake,
		Recipients: limits[config.MailPerRecipient], Accounts: limits[config.MailPerAccount], Everybody: limits[config.MailGlobal],
	}
}

// newCourier returns who delivers what service has written.
func newCourier(p Parts, service *auth.Service) *mail.Courier {
	return mail.NewCourier(mail.Options{
		Queue: p.Store, Prepare: service.Prepare, Templates: p.Templates, Sender: sender(p), Report: service.RecordMail, Now: p.Now, Log: p.Log,
	})
}

// MailFolder is where development keeps its mail.
func MailFolder(c config.Config) string { return filepath.Join(c.DataDir, "outbox") }

// sender is the mail server, or the folder where development keeps its mail.
func sender(p Parts) mail.Sender {
	c := p.Config.Mail
	if c.Server.Host == "" {
		return mail.Folder{Path: MailFolder(p.Config), From: identity(c), Log: p.Log}
	}
	return mailServer(c)
}

var _ mail.Queue = (*models.Store)(nil)
