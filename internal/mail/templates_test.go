package mail_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sallyport/internal/mail"
)

const (
	site = "app.example.com"
	link = "https://app.example.com/verify-email#token=Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF_-a"
)

var happened = time.Date(2026, 11, 29, 1, 15, 0, 0, time.UTC)

// kinds says which have a link, and which name the device to the reader.
var kinds = []struct {
	kind          mail.Kind
	link, details bool
}{
	{mail.VerifyEmail, true, false}, // to an address that may be a stranger's
	{mail.ResetPassword, true, true},
	{mail.ChangeEmail, true, false}, // the same
	{mail.EmailChangeRequested, false, true},
	{mail.EmailChanged, true, true},
	{mail.NewDevice, false, true},
	{mail.PasswordChanged, false, true},
	{mail.AccountDeleted, false, true},
	{mail.TokenTheft, false, true},
}

func load(t *testing.T, dir string) *mail.Templates {
	t.Helper()
	templates, err := mail.LoadTemplates(dir, site)
	if err != nil {
		t.Fatal(err)
	}
	return templates
}

func message(kind mail.Kind) mail.Message {
	return mail.Message{
		ID: uuid.Must(uuid.NewV7()), Kind: kind, To: "ada@example.com", Locale: "en",
		CreatedAt: happened, At: happened, Device: "Firefox on Linux", IP: "2001:db8::7",
	}
}

// letter is one for the kind: with a link where it has one.
func letter(kind mail.Kind, name string) mail.Letter {
	l := mail.Letter{Name: name, Valid: 24 * time.Hour}
	if slices.ContainsFunc(kinds, func(k struct {
		kind          mail.Kind
		link, details bool
	}) bool {
		return k.kind == kind && k.link
	}) {
		l.Link = link
	}
	return l
}

func render(t *testing.T, m mail.Message, l mail.Letter) mail.Mail {
	t.Helper()
	rendered, err := load(t, "").Render(m, l, happened)
	if err != nil {
		t.Fatal(err)
	}
	return rendered
}

func TestRender_EveryKindInEveryLanguageSaysWhatItsReaderNeeds(t *testing.T) {
	templates := load(t, "")
	subjects := make(map[string]bool)
	for _, locale := range templates.Languages() {
		for _, k := range kinds {
			l := letter(k.kind, "Ada Lovelace")
			l.Locale = locale
			m, err := templates.Render(message(k.kind), l, happened)
			if err != nil {
				t.Fatal(locale, k.kind, err)
			}
			subjects[m.Subject] = true
			for part, text := range map[string]string{"text": m.Text, "HTML": m.HTML} {
				says := func(what string, want bool) {
					if strings.Contains(text, what) != want {
						t.Errorf("%s %s: the %s says %q: %t\n%s", locale, k.kind, part, what, !want, text)
					}
				}
				says("Ada Lovelace", true)
				says(site, true)
				says("ada@example.com", true)
				says(link, k.link)
				says("2026-11-29 01:15 UTC", k.details)
				says("Firefox on Linux", k.details)
				says("2001:db8::7", k.details)
				says("{{", false)
				says("%!", false)
			}
		}
	}
	if want := len(templates.Languages()) * len(kinds); len(subjects) != want {
		t.Errorf("%d different subjects, want %d", len(subjects), want)
	}
}

func TestRender_LinkIsOneLineAndNoLineIsTooLong(t *testing.T) {
	templates := load(t, "")
	for _, locale := range templates.Languages() {
		for _, k := range kinds {
			l := letter(k.kind, "Ada")
			l.Locale = locale
			m, err := templates.Render(message(k.kind), l, happened)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(m.Text, "\r\n")
			if k.link && !slices.Contains(lines, link) {
				t.Errorf("%s %s: the link shares its line:\n%s", locale, k.kind, m.Text)
			}
			for _, line := range lines {
				if line != link && len([]rune(line)) > 100 {
					t.Errorf("%s %s: a long line of text: %s", locale, k.kind, line)
				}
			}
			for _, line := range append(lines, strings.Split(m.HTML, "\r\n")...) {
				if len(line) > 998 || strings.Contains(line, "\n") { // RFC 5322 §2.1.1
					t.Errorf("%s %s: %d bytes in a line", locale, k.kind, len(line))
				}
			}
		}
	}
}

func TestRender_LoadsNothingFromElsewhere(t *testing.T) {
	for _, k := range kinds {
		html := render(t, message(k.kind), letter(k.kind, "Ada")).HTML
		for _, remote := range []string{"<img", "src=", "url(", "@import", "<link", "<script", "http-equiv", "<iframe"} {
			if strings.Contains(html, remote) {
				t.Errorf("%s has %s", k.kind, remote)
			}
		}
		if n := strings.Count(html, "href="); n != strings.Count(html, `href="`+link+`"`) {
			t.Errorf("%s leads elsewhere: %d links", k.kind, n)
		}
	}
}

func TestRender_EscapesEveryValue(t *testing.T) {
	const hostile = `<b>Ada & "Eve"`
	m := message(mail.NewDevice)
	m.Device, m.To = hostile, `"<b>"@example.com`
	html := render(t, m, mail.Letter{Name: hostile}).HTML
	if strings.Contains(html, "<b>") || !strings.Contains(html, "&lt;b&gt;Ada &amp; &#34;Eve&#34;") {
		t.Error(html)
	}
}

func TestRender_LeavesOutWhatCouldMislead(t *testing.T) {
	tests := []struct {
		name  string
		shown bool
	}{
		{"Ada Lovelace", true},
		{"Dr. Ada Lovelace Jr.", true}, // dots that end words
		{"O’Neill-Wójcik", true},
		{"अदा लवलेस", true},
		{"امیر\u200cحسین", true},        // with the joiner that Persian writes
		{"https://evil.example", false}, // a scheme and a path
		{"Win money at evil.example", false},
		{"evil1.com", false},
		{"evil．com", false}, // the full-width dot, which browsers read as a dot
		{"evil。com", false}, // the ideographic one, the same
		{"evil.example/x", false},
		{"call ada@evil.example", false},
		{"ftp:evil", false},
		{"Ada\r\nBcc: eve@example.com", false}, // a header of its own
		{"Ada\nLovelace", false},
		{"Ada\u2028Lovelace", false},
		{"Ada\u202Eecalevol", false}, // turns the direction of what follows
		{"Ada\x00", false},
		{"  ", false},
	}
	for _, tt := range tests {
		m := render(t, message(mail.PasswordChanged), mail.Letter{Name: tt.name})
		want := "Hello,"
		if tt.shown {
			want = "Hello " + tt.name + ","
		}
		if got, _, _ := strings.Cut(m.Text, "\r\n"); got != want {
			t.Errorf("%q: %q, want %q", tt.name, got, want)
		}
		if !tt.shown && strings.TrimSpace(tt.name) != "" && strings.Contains(m.HTML, tt.name) {
			t.Errorf("%q is in the HTML", tt.name)
		}
	}
}

func TestRender_DeviceThatLooksLikeALinkIsLeftOut(t *testing.T) {
	m := message(mail.NewDevice)
	m.Device, m.IP = "Mozilla http://evil.example", "evil.example"
	if rendered := render(t, m, mail.Letter{}); strings.Contains(rendered.Text+rendered.HTML, "evil") {
		t.Error(rendered.Text)
	}
}

func TestRender_SubjectHoldsNothingThatAPersonWrote(t *testing.T) {
	dir := t.TempDir()
	override(t, dir, "en.toml", `subject = "Your password was changed"`, `subject = "Hello {{.Name}}{{.Device}} at {{.Site}}"`)
	m, err := load(t, dir).Render(message(mail.PasswordChanged), mail.Letter{Name: "Ada"}, happened)
	if err != nil || m.Subject != "Hello  at "+site {
		t.Error(m.Subject, err)
	}
}

func TestRender_SpeaksTheLanguageOfTheReader(t *testing.T) {
	tests := []struct{ message, letter, subject string }{
		{"de", "", "Ihr Passwort wurde geändert"},
		{"de", "es", "Su contraseña ha cambiado"}, // what the account says now
		{"", "", "Your password was changed"},
		{"xx", "", "Your password was changed"}, // a language that was removed
	}
	for _, tt := range tests {
		m := message(mail.PasswordChanged)
		m.Locale = tt.message
		if got := render(t, m, mail.Letter{Locale: tt.letter}).Subject; got != tt.subject {
			t.Errorf("%+v: %q", tt, got)
		}
	}
}

func TestRender_SaysHowLongTheLinkWorks(t *testing.T) {
	for valid, want := range map[time.Duration]string{
		30 * time.Minute: "for 30 minutes", 90 * time.Minute: "for 90 minutes",
		24*time.Hour - 20*time.Millisecond: "for 24 hours", 72 * time.Hour: "for 3 days",
	} {
		l := mail.Letter{Link: link, Valid: valid}
		if text := render(t, message(mail.ResetPassword), l).Text; !strings.Contains(text, want) {
			t.Errorf("%s: not %q in\n%s", valid, want, text)
		}
	}
}

func TestRender_RefusesALinkTooManyOrTooFew(t *testing.T) {
	templates := load(t, "")
	if _, err := templates.Render(message(mail.VerifyEmail), mail.Letter{}, happened); err == nil {
		t.Error("a mail without its link")
	}
	if _, err := templates.Render(message(mail.NewDevice), mail.Letter{Link: link}, happened); err == nil {
		t.Error("a link that the mail does not show")
	}
	if _, err := templates.Render(message("newsletter"), mail.Letter{}, happened); err == nil {
		t.Error("an unknown kind")
	}
}

func TestMatch_FindsTheLanguageThatABrowserAsksFor(t *testing.T) {
	templates := load(t, "")
	tests := []struct{ header, want string }{
		{"de-AT,de;q=0.9,en;q=0.5", "de"},
		{"es-419", "es"},
		{"fr-CA;q=0.2, hi;q=0.9", "hi"},
		{"ja,fr;q=0.1", "fr"}, // the best of those there are
		{"ja", "en"},
		{"", "en"},
		{"*", "en"},
		{";;;=,", "en"},
		{strings.Repeat("de-", 20_000), "en"}, // more than a browser sends
	}
	for _, tt := range tests {
		if got := templates.Match(tt.header); got != tt.want {
			t.Errorf("%.40q: %q, want %q", tt.header, got, tt.want)
		}
	}
}

func TestHas_KnowsWhatAUserMayChoose(t *testing.T) {
	templates := load(t, "")
	for locale, want := range map[string]bool{"en": true, "de": true, "es": true, "fr": true, "hi": true, "": false, "de-AT": false, "DE": false, "../de": false} {
		if templates.Has(locale) != want {
			t.Errorf("%q: %t", locale, !want)
		}
	}
	if got := templates.Languages(); !slices.Equal(got, []string{"en", "de", "es", "fr", "hi"}) {
		t.Error(got)
	}
}

// override writes a template into dir as the embedded one is, with one text in it
// replaced.
func override(t *testing.T, dir, name, from, to string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("templates", name))
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), from, to, 1)
	if changed == string(text) {
		t.Fatalf("%s has no %q", name, from)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLoadTemplates_TakesOwnFilesInPlaceOfTheEmbedded(t *testing.T) {
	dir := t.TempDir()
	override(t, dir, "de.toml", "Ihr Passwort wurde geändert", "Neues Passwort")
	override(t, dir, "layout.txt", "{{.Greeting}}", "*** {{.Greeting}}")
	templates := load(t, dir)
	german, english := message(mail.PasswordChanged), message(mail.PasswordChanged)
	german.Locale = "de"
	m, err := templates.Render(german, mail.Letter{}, happened)
	if err != nil || m.Subject != "Neues Passwort" || !strings.HasPrefix(m.Text, "*** Hallo,") {
		t.Error(m.Subject, m.Text, err)
	}
	if m, err = templates.Render(english, mail.Letter{}, happened); err != nil || m.Subject != "Your password was changed" {
		t.Error(m.Subject, err)
	}
}

func TestLoadTemplates_AnotherFileAddsALanguage(t *testing.T) {
	dir := t.TempDir()
	override(t, dir, "es.toml", "Su contraseña ha cambiado", "A sua senha foi alterada")
	if err := os.Rename(filepath.Join(dir, "es.toml"), filepath.Join(dir, "pt-BR.toml")); err != nil {
		t.Fatal(err)
	}
	templates := load(t, dir)
	if !templates.Has("pt-BR") || templates.Match("pt-BR,pt;q=0.9") != "pt-BR" {
		t.Error(templates.Languages())
	}
	m := message(mail.PasswordChanged)
	m.Locale = "pt-BR"
	if rendered, err := templates.Render(m, mail.Letter{}, happened); err != nil || rendered.Subject != "A sua senha foi alterada" {
		t.Error(rendered.Subject, err)
	}
}

func TestLoadTemplates_NamesTheFileAndTheKeyThatIsWrong(t *testing.T) {
	tests := []struct{ why, file, from, to, want string }{
		{"missing", "de.toml", `subject = "Ihr Konto wurde gelöscht"`, "", "MAIL_TEMPLATES: de.toml: account_deleted.subject is missing"},
		{"empty", "de.toml", `button  = "Neues Passwort wählen"`, `button = " "`, "MAIL_TEMPLATES: de.toml: reset_password.button is missing"},
		{"misspelt", "fr.toml", "greeting_without_name", "greeting_wihout_name", "MAIL_TEMPLATES: fr.toml: common.greeting_wihout_name is not a known key"},
		{"of no kind", "fr.toml", "[new_device]", "[new_devices]", "MAIL_TEMPLATES: fr.toml: new_devices.subject is not a known key"},
		{"no such value", "en.toml", "{{.Site}}", "{{.Product}}", "can't evaluate field Product"},
		{"no template", "en.toml", "{{.Site}}", "{{.Site", "MAIL_TEMPLATES: en.toml: template: common.footer"},
		{"no TOML", "en.toml", `button  = "Confirm email address"`, `button  = Confirm`, "MAIL_TEMPLATES: en.toml: line "},
		{"no text", "en.toml", `button  = "Confirm email address"`, `button  = 7`, "MAIL_TEMPLATES: en.toml: line "},
		{"a layout without the link", "layout.txt", "{{.Link}}\n", "", "a layout leaves out the link"},
		{"a layout without the link", "layout.html", `{{.Link}}</a>`, `</a>`, ""}, // the button is enough
		{"no layout", "layout.html", "{{- end}}", "", "MAIL_TEMPLATES: layout.html: "},
		{"a line that mail cannot have", "layout.html", "<title>", strings.Repeat("x", 999) + "<title>", "more than 998 bytes"},
		{"a subject of two lines", "en.toml", `subject = "Your account was deleted"`, `subject = "Your account\nwas deleted"`, "account_deleted: the subject has more than one line"},
	}
	for _, tt := range tests {
		t.Run(tt.file+" "+tt.why, func(t *testing.T) {
			dir := t.TempDir()
			override(t, dir, tt.file, tt.from, tt.to)
			_, err := mail.LoadTemplates(dir, site)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestLoadTemplates_RefusesAFolderThatIsNotThereAndAFileOfNoLanguage(t *testing.T) {
	dir := t.TempDir()
	if _, err := mail.LoadTemplates(filepath.Join(dir, "none"), site); err == nil || !strings.Contains(err.Error(), "MAIL_TEMPLATES: "+filepath.Join(dir, "none")) {
		t.Error(err)
	}
	for _, name := range []string{"german.toml", "pt_BR.toml", "DE.toml"} {
		dir := t.TempDir()
		override(t, dir, "de.toml", "Hallo,", "Hallo!")
		if err := os.Rename(filepath.Join(dir, "de.toml"), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if _, err := mail.LoadTemplates(dir, site); err == nil || !strings.Contains(err.Error(), name+": is not named after a language") {
			t.Error(name, err)
		}
	}
}
