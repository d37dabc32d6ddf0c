package mail

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"maps"
	"slices"
)

const longestLine = 998 // bytes without CRLF, RFC 5322 §2.1.1

// check makes every mail once in every language.
func (t *Templates) check() (problems []error) {
	for _, locale := range t.locales {
		for _, kind := range slices.Sorted(maps.Keys(forms)) {
			err := t.checkMail(kind, Letter{Name: "Ada Lovelace", Locale: locale})
			if err == nil {
				err = t.checkMail(kind, Letter{Locale: locale})
			}
			if err != nil {
				problems = append(problems, inFile(locale+extension+" with the layouts: "+string(kind), err))
			}
		}
	}
	return problems
}

func (t *Templates) checkMail(kind Kind, l Letter) error {
	const link = "https://app.example.com/reset-password#token=AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE"
	if forms[kind].link {
		l.Link, l.Valid = link, 30*time.Minute
	}
	mail, err := t.Render(Message{Kind: kind, To: "ada@example.com", At: time.Unix(0, 0), Device: "Firefox", IP: "192.0.2.7"}, l, time.Unix(0, 0))
	switch {
	case err != nil:
		return err
	case strings.ContainsAny(mail.Subject, "\r\n"):
		return errors.New("the subject has more than one line")
	case !strings.Contains(mail.Text, l.Link) || !strings.Contains(mail.HTML, l.Link):
		return errors.New("a layout leaves out the link")
	}
	for line := range strings.SplitSeq(mail.Text+"\r\n"+mail.HTML, "\r\n") {
		if len(line) > longestLine {
			return fmt.Errorf("a line of a layout has more than %d bytes: %.40q…", longestLine, line)
		}
	}
	return nil
}
