package wire

import (
	"context"
	"errors"
	"time"

	"sallyport/config"
	"sallyport/internal/breach"
	"sallyport/internal/mail"
	"sallyport/internal/media"
	"sallyport/internal/redisclient"
)

const reachWait = 10 * time.Second

// ReachMail signs in to the mail server and sends nothing.
func ReachMail(ctx context.Context, c config.Mail) error {
	server := mailServer(c)
	server.Timeout = reachWait
	return server.Reach(ctx)
}

// ReachBucket fails where the bucket of pictures is not there, or not ours to use.
func ReachBucket(ctx context.Context, c config.S3) error {
	bucket, err := media.NewS3(media.S3Options(c))
	if err != nil {
		return err
	}
	return bucket.Reach(ctx)
}

// ReachRedis fails where Redis does not answer. evicts reports whether it may drop
// the counts of limits when its memory is full.
func ReachRedis(ctx context.Context, url string) (evicts bool, err error) {
	client, err := redisclient.Open(ctx, url)
	if client == nil {
		return false, err
	}
	if err == nil {
		evicts = redisclient.Evicts(ctx, client)
	}
	return evicts, errors.Join(err, client.Close())
}

// ReachBreachList asks the list for a password that is on each of them.
func ReachBreachList(ctx context.Context, url string) error {
	_, err := breach.New(url).Has(ctx, "password")
	return err
}

// mailServer is the one of SMTP_URL.
func mailServer(c config.Mail) mail.Server {
	return mail.Server{
		Host: c.Server.Host, Port: c.Server.Port,
		TLS: c.Server.Security == config.SecurityTLS, StartTLS: c.Server.Security == config.SecurityStartTLS,
		User: c.Server.User, Password: c.Server.Password, From: identity(c),
	}
}

func identity(c config.Mail) mail.Identity {
	return mail.Identity{From: c.From, ReplyTo: c.ReplyTo, Bounce: c.Bounce}
}
