package main

import (
	"encoding/json"
	"io"
)

// output is a part of every command that prints a result.
type output struct {
	JSON bool `name:"json" help:"Print the result as JSON."`
}

// print writes the result: as one JSON value, or as text for people. The names of
// JSON fields stay as they are from version to version.
func (o output) print(w io.Writer, result any, text string) error {
	if o.JSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(result)
	}
	_, err := io.WriteString(w, text)
	return err
}
