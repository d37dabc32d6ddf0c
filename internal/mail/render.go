package mail

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Mail is a message in the words of its reader, ready to be sent.
type Mail struct {
	Message
	Date    time.Time
	Subject string
	Text    string // both parts with lines that end in CRLF (RFC 5322 §2.3)
	HTML    string
	Link    string // "" for a kind without one
}

// values are what words may use.
type values struct {
	Name, Site, To, Valid, At, Device, IP string
	Count                                 int
}

// page is what a layout may use.
type page struct {
	Locale, Site, Subject, Greeting string
	Text                            []string // paragraphs
	Button, Link, LinkHint, Valid   string   // "" for a kind without a link
	Details                         []detail
	NotYou                          string
	Footer                          string
}

type detail struct{ Label, Value string }

// Render writes the message in the words of its reader's language, English where
// there are none. now is the date of the mail. Names and devices in which a mail
// program would see a link are left out.
func (t *Templates) Render(m Message, l Letter, now time.Time) (Mail, error) {
	form, known := forms[m.Kind]
	if !known || form.link == (l.Link == "") {
		return Mail{}, fmt.Errorf("a message %q with the link %t", m.Kind, l.Link != "")
	}
	p, err := t.page(m, l, form)
	if err != nil {
		return Mail{}, err
	}
	var text, html strings.Builder
	if err := t.text.Execute(&text, p); err != nil {
		return Mail{}, err
	}
	if err := t.html.Execute(&html, p); err != nil {
		return Mail{}, err
	}
	return Mail{m, now, p.Subject, crlf(text.String()), crlf(html.String()), l.Link}, nil
}

// crlf ends every line as mail does.
func crlf(text string) string {
	return strings.NewReplacer("\r\n", "\r\n", "\n", "\r\n").Replace(text)
}

func (t *Templates) page(m Message, l Letter, form form) (page, error) {
	locale := m.Locale
	if l.Locale != "" {
		locale = l.Locale
	}
	if !t.Has(locale) {
		locale = fallback
	}
	s := speech{words: t.words[locale], values: values{
		Name: harmless(l.Name), Site: t.site, To: m.To,
		At: m.At.UTC().Format("2006-01-02 15:04 UTC"), Device: harmless(m.Device), IP: address(m.IP),
	}}
	s.values.Valid = s.period(l.Valid)
	p := page{
		Locale: locale, Site: t.site, Link: l.Link, Greeting: s.greeting(), Footer: s.say("common.footer"),
		Subject: s.subject(m.Kind),
		Text:    paragraphs(s.say(string(m.Kind) + ".text")),
		NotYou:  wrap(s.say(string(m.Kind) + ".not_you")),
	}
	if form.link {
		p.Button, p.LinkHint, p.Valid = s.say(string(m.Kind)+".button"), s.say("common.link_hint"), s.say("common.valid")
	}
	if form.details {
		p.Details = s.details()
	}
	return p, s.err
}

// speech says words of one language with the values of one message. It keeps the
// first error.
type speech struct {
	words  words
	values values
	err    error
}

func (s *speech) say(name string) string {
	text, err := s.words.phrase(name, s.values)
	if s.err == nil {
		s.err = err
	}
	return text
}

func (s *speech) greeting() string {
	if s.values.Name == "" {
		return s.say("common.greeting_without_name")
	}
	return s.say("common.greeting")
}

// subject is a header: nothing that a person wrote is in it.
func (s *speech) subject(kind Kind) string {
	all := s.values
	s.values.Name, s.values.Device = "", ""
	defer func() { s.values = all }()
	return s.say(string(kind) + ".subject")
}

// period says how long a link works, to the minute: a mail is sent a moment after its
// link begins to. The unit is so small that there are two or more: no language needs
// its singular.
func (s *speech) period(d time.Duration) string {
	d = d.Round(time.Minute)
	unit, name := time.Minute, "common.minutes"
	switch {
	case d >= 48*time.Hour:
		unit, name = 24*time.Hour, "common.days"
	case d >= 2*time.Hour:
		unit, name = time.Hour, "common.hours"
	}
	s.values.Count = int(d / unit)
	return s.say(name)
}

func (s *speech) details() []detail {
	all := []detail{{s.say("common.when"), s.values.At}}
	if s.values.Device != "" {
		all = append(all, detail{s.say("common.device"), s.values.Device})
	}
	if s.values.IP != "" {
		all = append(all, detail{s.say("common.ip"), s.values.IP})
	}
	return all
}

// address returns the text if it is an IP address.
func address(ip string) string {
	if _, err := netip.ParseAddr(ip); err != nil {
		return ""
	}
	return ip
}

const column = 76 // where lines break; RFC 5322 §2.1.1 recommends under 78

func paragraphs(text string) []string {
	parts := strings.Split(text, "\n\n")
	for i, part := range parts {
		parts[i] = wrap(part)
	}
	return parts
}

// wrap breaks the lines of a paragraph at its spaces.
func wrap(paragraph string) string {
	var b strings.Builder
	width := 0
	for _, word := range strings.FieldsFunc(paragraph, func(c rune) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }) {
		n := len([]rune(word))
		switch {
		case width == 0:
		case width+1+n > column:
			b.WriteByte('\n')
			width = 0
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += n
	}
	return b.String()
}
