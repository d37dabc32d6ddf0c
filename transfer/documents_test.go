package transfer

import (
	"io"
	"strings"
	"testing"
)

// all reads the file to its end or its first error.
func all(file string) (found []document, err error) {
	documents, err := readDocuments(strings.NewReader(file))
	for err == nil {
		var next document
		if next, err = documents.next(); err == nil {
			found = append(found, next)
		}
	}
	if err == io.EOF {
		err = nil
	}
	return found, err
}

func TestDocuments_EveryFormOfMongoexport(t *testing.T) {
	for name, file := range map[string]string{
		"lines":             "{\"a\": 1}\n{\"a\": 2}\n{\"a\": 3}\n",
		"lines, no end":     "{\"a\": 1}\n{\"a\": 2}\n{\"a\": 3}",
		"lines of Windows":  "\ufeff{\"a\": 1}\r\n{\"a\": 2}\r\n{\"a\": 3}\r\n",
		"array":             "[{\"a\": 1},\n{\"a\": 2},\n{\"a\": 3}]\n",
		"commas in front":   "[{\"a\": 1}\n,{\"a\": 2}\n,{\"a\": 3}]\n",
		"more than a block": "{\"a\": 1}\n{\"a\": \"" + strings.Repeat("x", 100_000) + "\"}\n{\"a\": 3}\n",
	} {
		t.Run(name, func(t *testing.T) {
			found, err := all(file)
			if err != nil || len(found) != 3 {
				t.Fatalf("%d documents, %v", len(found), err)
			}
			for i, d := range found {
				if d.line != i+1 || d.json[0] != '{' || d.json[len(d.json)-1] != '}' {
					t.Errorf("document %d is in line %d: %.20s", i+1, d.line, d.json)
				}
			}
		})
	}
	found, err := all("[\n  {\n    \"a\": 1\n  },\n\n  {\n    \"a\": 2\n  }\n]\n") // --pretty
	if err != nil || len(found) != 2 || found[0].line != 2 || found[1].line != 6 {
		t.Errorf("%v, %v", found, err)
	}
	for _, file := range []string{"", "\n", "[]", " [\n]\n"} {
		if found, err := all(file); len(found) > 0 || err != nil {
			t.Errorf("%q: %v, %v", file, found, err)
		}
	}
}

func TestDocuments_BrokenFileIsRefusedByLine(t *testing.T) {
	for file, problem := range map[string]string{
		"{\"a\": 1}\n{\"a\": 2":             "line 2: the file ends in the middle",
		"{\"a\": 1}\n{\"a\": \"x":           "line 2: the file ends in the middle",
		"[{\"a\": 1},\n{\"a\": 2}\n":        "line 3: the file ends in the middle",
		"[{\"a\": 1},\n{\"a\": 2},\n{\"a\"": "line 3: the file ends in the middle",
		"[":                                 "line 1: the file ends in the middle",
		"{\"a\": 1}\n{a: 2}\n":              "line 2: what begins here is not JSON",
		"[{\"a\": 1},\n{a: 2}]\n":           "line 2: what begins here is not JSON",
		"{\"a\": 1}\n\n,{\"a\": 2}":         "line 3: what begins here is not JSON",
		"[{\"a\": 1}]\n[{\"a\": 2}]":        "line 2: there is [ behind the last document",
		"{\"a\": 1}\n]":                     "line 2: ",
		"{\"a\": 1}\n{\"a\": \"\x01\"}":     "line 2: what begins here is not JSON",
		"_id,username\n1,ada\n":             "the file is not JSON",
		"\x1f\x8b\x08\x00":                  "the file is compressed",
		"\xff\xfe{\x00":                     "the file is in UTF-16",
		"{\"a\": 1}\n{\"a\": \"" + strings.Repeat("x", 2*maxDocument): "line 2: the document that begins here has more than",
	} {
		if _, err := all(file); err == nil || !strings.HasPrefix(err.Error(), problem) {
			t.Errorf("%.40q: %v, want %s", file, err, problem)
		}
	}
}
