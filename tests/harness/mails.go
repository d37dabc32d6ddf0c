package harness

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Mail is a mail as its recipient gets it.
type Mail struct {
	From, To string // of the envelope
	UTF8     bool   // it was sent with SMTPUTF8 (RFC 6531)
	Header   netmail.Header
	Subject  string // decoded
	Text     string // the parts, decoded
	HTML     string
	Raw      string
}

// ReadMail parses a mail of a text and an HTML part. The envelope is not in it.
func ReadMail(raw []byte) (Mail, error) {
	m := Mail{Raw: string(raw)}
	parsed, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Mail{}, err
	}
	m.Header = parsed.Header
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject")); err != nil {
		return Mail{}, err
	}
	kind, parameters, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		return Mail{}, fmt.Errorf("a mail of the type %q: %w", kind, err)
	}
	for parts := multipart.NewReader(parsed.Body, parameters["boundary"]); ; {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return m, nil
		} else if err != nil {
			return Mail{}, err
		}
		if err := m.add(part); err != nil {
			return Mail{}, err
		}
	}
}

func (m *Mail) add(part *multipart.Part) error {
	content, err := io.ReadAll(decoded(part, part.Header.Get("Content-Transfer-Encoding")))
	if err != nil {
		return err
	}
	switch kind := part.Header.Get("Content-Type"); {
	case strings.EqualFold(kind, "text/plain; charset=UTF-8"):
		m.Text = string(content)
	case strings.EqualFold(kind, "text/html; charset=UTF-8"):
		m.HTML = string(content)
	default:
		return fmt.Errorf("a part of the type %q", kind)
	}
	return nil
}

func decoded(part io.Reader, encoding string) io.Reader {
	switch encoding {
	case "quoted-printable":
		return quotedprintable.NewReader(part)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, part)
	}
	return part
}

var linkLine = regexp.MustCompile(`(?m)^https?://\S+#token=\S+\r?$`)

// Link returns the link in the text of the mail, which stands in a line alone.
func (m Mail) Link(t testing.TB) string {
	t.Helper()
	links := linkLine.FindAllString(m.Text, -1)
	if len(links) != 1 {
		t.Fatalf("%d links in a mail:\n%s", len(links), m.Text)
	}
	return strings.TrimSpace(links[0])
}

// Token returns the token in the link of the mail.
func (m Mail) Token(t testing.TB) string {
	t.Helper()
	link, err := url.Parse(m.Link(t))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(link.Fragment, "token=")
}

// Last returns the last mail of several.
func Last(t testing.TB, mails []Mail) Mail {
	t.Helper()
	if len(mails) == 0 {
		t.Fatal("no mail has come")
	}
	return mails[len(mails)-1]
}

// OutboxMails reads the mails in the folder that development writes them into,
// oldest first.
func OutboxMails(t testing.TB, dir string) (mails []Mail) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		mail, err := ReadMail(raw)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		to, err := netmail.ParseAddress(mail.Header.Get("To"))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		mail.To = to.Address
		mails = append(mails, mail)
	}
	return mails
}
