package mail

import (
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	texttemplate "text/template"

	"golang.org/x/text/language"
)

const (
	fallback   = "en" // the language of a reader whose own is not there
	extension  = ".toml"
	htmlLayout = "layout.html"
	textLayout = "layout.txt"
)

//go:embed templates
var embedded embed.FS

// Templates are the layouts and the words of all languages. They are safe for
// concurrent use.
type Templates struct {
	site    string
	html    *htmltemplate.Template
	text    *texttemplate.Template
	words   map[string]words // by language tag
	locales []string         // English first, in the order of matcher
	matcher language.Matcher
}

// LoadTemplates reads the embedded templates, and those in the folder dir in
// place of the embedded ones of the same name; dir = "" is none. Another file
// there, as pt-BR.toml, adds a language. site is the host of the product, which
// the words name.
//
// Every mail is made once in every language: the error has a line for each thing
// that is wrong, with the file and the key.
func LoadTemplates(dir, site string) (*Templates, error) {
	t := &Templates{site: site, words: make(map[string]words)}
	files := overlay{embedded, embedded} // at its root, where no template is
	if dir != "" {
		files.own = os.DirFS(dir)
	}
	names, err := files.names()
	if err != nil {
		return nil, fmt.Errorf("MAIL_TEMPLATES: %s: %w", dir, err)
	}
	var problems []error
	for _, name := range names {
		if err := t.load(files, name); err != nil {
			problems = append(problems, inFile(name, err))
		}
	}
	if len(problems) == 0 {
		t.match()
		problems = t.check()
	}
	return t, errors.Join(problems...)
}

// inFile names the setting and the file in each line of an error.
func inFile(name string, err error) error {
	where := "MAIL_TEMPLATES: " + name + ": "
	return errors.New(where + strings.ReplaceAll(err.Error(), "\n", "\n"+where))
}

func (t *Templates) load(files overlay, name string) error {
	content, err := files.read(name)
	if err != nil {
		return err
	}
	switch name {
	case htmlLayout:
		t.html, err = htmltemplate.New(name).Parse(string(content))
	case textLayout:
		t.text, err = texttemplate.New(name).Parse(string(content))
	default:
		locale := strings.TrimSuffix(name, extension)
		if tag, err := language.Parse(locale); err != nil || tag.String() != locale {
			return errors.New("is not named after a language (BCP 47), as pt-BR.toml")
		}
		t.words[locale], err = parseWords(content)
	}
	return err
}

// match prepares [Templates.Match].
func (t *Templates) match() {
	t.locales = []string{fallback}
	for locale := range t.words {
		if locale != fallback {
			t.locales = append(t.locales, locale)
		}
	}
	slices.Sort(t.locales[1:])
	tags := make([]language.Tag, len(t.locales))
	for i, locale := range t.locales {
		tags[i] = language.Make(locale)
	}
	t.matcher = language.NewMatcher(tags)
}

// Match returns the locale that fits an Accept-Language header best (RFC 9110
// §12.5.4), and English where none does or the header is malformed.
func (t *Templates) Match(acceptLanguage string) (locale string) {
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return fallback
	}
	_, i, _ := t.matcher.Match(wanted...)
	return t.locales[i]
}

// Has reports whether there are words in this locale, in exactly this spelling.
func (t *Templates) Has(locale string) bool {
	_, has := t.words[locale]
	return has
}

// Languages returns every locale, English first.
func (t *Templates) Languages() []string { return slices.Clone(t.locales) }

// overlay is the embedded files with an operator's own in their place.
type overlay struct {
	embedded embed.FS
	own      fs.FS
}

// names returns those of the layouts and of every language.
func (o overlay) names() ([]string, error) {
	names := []string{htmlLayout, textLayout}
	for _, files := range []struct {
		in   fs.FS
		from string
	}{{o.embedded, "templates"}, {o.own, "."}} {
		entries, err := fs.ReadDir(files.in, files.from)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if path.Ext(entry.Name()) == extension {
				names = append(names, entry.Name())
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (o overlay) read(name string) ([]byte, error) {
	content, err := fs.ReadFile(o.own, name)
	if errors.Is(err, fs.ErrNotExist) {
		content, err = fs.ReadFile(o.embedded, path.Join("templates", name))
	}
	return content, err
}
