package mail_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/internal/mail"
	"sallyport/tests/harness"
)

func TestFolder_WritesMailThatOnlyItsOwnerReadsAndLogsTheLinkOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "outbox")
	var log bytes.Buffer
	folder := mail.Folder{Path: dir, From: identity, Log: slog.New(slog.NewTextHandler(&log, nil))}
	m := message(mail.VerifyEmail)
	sent := render(t, m, letter(m.Kind, ""))
	if err := folder.Send(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "20261129T011500.000Z-verify_email-"+m.ID.String()+".eml")
	for of, want := range map[string]os.FileMode{path: 0o600, dir: 0o700 | os.ModeDir} {
		if info, err := os.Stat(of); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", of, info, err)
		}
	}
	mails := harness.OutboxMails(t, dir)
	if len(mails) != 1 || mails[0].To != "ada@example.com" || mails[0].Link(t) != link || mails[0].Text != sent.Text {
		t.Errorf("%+v", mails)
	}
	if n := strings.Count(log.String(), link); n != 1 || !strings.Contains(log.String(), "level=INFO") {
		t.Errorf("the link is %d times in the log: %s", n, &log)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Error("something is left beside the mail", entries, err)
	}
}

func TestFolder_ThatCannotBeWrittenLeavesNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	folder := mail.Folder{Path: filepath.Join(file, "outbox"), From: identity, Log: slog.New(slog.NewTextHandler(&log, nil))}
	if err := folder.Send(t.Context(), render(t, message(mail.NewDevice), mail.Letter{})); err == nil || log.Len() > 0 {
		t.Error(err, &log)
	}
}
