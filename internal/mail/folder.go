package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	gomail "github.com/wneessen/go-mail"
)

// Folder writes mail into files of its folder, for a developer without a mail
// server, and logs the links. Each file is whole when it is there under its name,
// <time>-<kind>-<id>.eml.
type Folder struct {
	Path string
	From Identity
	Log  *slog.Logger
}

// Send writes the mail, with the mode 0600 in a folder of the mode 0700.
func (f Folder) Send(ctx context.Context, m Mail) error {
	msg, err := f.From.compose(m, gomail.NoEncoding)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.Path, 0o700); err != nil {
		return err
	}
	name := fmt.Sprintf("%s-%s-%s.eml", m.Date.UTC().Format("20060102T150405.000Z"), m.Kind, m.ID)
	path := filepath.Join(f.Path, name)
	if err := write(path, msg); err != nil {
		return err
	}
	details := []slog.Attr{slog.String("file", path)}
	if m.Link != "" {
		details = append(details, slog.String("link", m.Link))
	}
	f.Log.LogAttrs(ctx, slog.LevelInfo, "mail written, as SMTP_URL is not set", details...)
	return nil
}

func write(path string, msg *gomail.Msg) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	_, err = msg.WriteTo(file)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
