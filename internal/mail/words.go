package mail

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/pelletier/go-toml/v2"
)

// words are those of one language: a template for each, under its table and key
// in the file of the language, as "verify_email.subject".
type words struct{ *template.Template }

// parseWords reads the file of a language. The error has a line for each key that
// is missing, not known or no template.
func parseWords(text []byte) (words, error) {
	var tables map[string]map[string]string
	if err := toml.Unmarshal(text, &tables); err != nil {
		var at *toml.DecodeError
		if errors.As(err, &at) {
			line, _ := at.Position()
			err = fmt.Errorf("line %d: %w", line, err)
		}
		return words{}, err
	}
	w := words{template.New("")}
	problems := []error{w.take(tables, "common", commonWords)}
	for _, kind := range slices.Sorted(maps.Keys(forms)) {
		problems = append(problems, w.take(tables, string(kind), forms[kind].words()))
	}
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		for _, key := range slices.Sorted(maps.Keys(tables[table])) {
			problems = append(problems, fmt.Errorf("%s.%s is not a known key", table, key))
		}
	}
	return w, errors.Join(problems...)
}

// take moves the words of one table into w.
func (w words) take(tables map[string]map[string]string, table string, keys []string) error {
	var problems []error
	for _, key := range keys {
		name, value := table+"."+key, strings.TrimSpace(tables[table][key])
		if _, err := w.New(name).Parse(value); err != nil {
			problems = append(problems, err)
		}
		if value == "" {
			problems = append(problems, fmt.Errorf("%s is missing", name))
		}
		delete(tables[table], key)
	}
	return errors.Join(problems...)
}

// phrase returns the words under a name, with the values in them.
func (w words) phrase(name string, v values) (string, error) {
	var b strings.Builder
	err := w.ExecuteTemplate(&b, name, v)
	return strings.TrimSpace(b.String()), err
}
