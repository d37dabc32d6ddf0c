package transfer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxDocument is MongoDB's own limit of a document; its JSON is longer, and no user
// is that large.
const maxDocument = 16 << 20 // bytes

// document is one JSON object of the file.
type document struct {
	line int // in which it begins, from 1
	json []byte
}

// documents reads what mongoexport writes, one document at a time: objects behind
// each other, which are mostly lines, or one array of them.
type documents struct {
	input   *lineReader
	decoder *json.Decoder
	array   bool
}

// readDocuments looks at the beginning of the file. The error says what the file is,
// if it is not JSON.
func readDocuments(file io.Reader) (*documents, error) {
	buffered := bufio.NewReader(file)
	if mark, _ := buffered.Peek(3); bytes.Equal(mark, []byte("\ufeff")) {
		_, _ = buffered.Discard(len(mark))
	}
	d := &documents{input: &lineReader{from: buffered, left: maxDocument}}
	d.decoder = json.NewDecoder(d.input)
	first, err := firstOf(buffered)
	switch {
	case err != nil:
		return nil, err
	case first == '[':
		d.array = true
		_, err = d.decoder.Token()
	}
	return d, err
}

// firstOf returns the first character of the JSON without taking it, or what the file
// is instead; 0 for an empty file.
func firstOf(file *bufio.Reader) (first byte, err error) {
	start, err := file.Peek(file.Size())
	if err != nil && err != io.EOF {
		return 0, err
	}
	start = bytes.TrimLeft(start, " \t\r\n")
	switch {
	case len(start) == 0:
		return 0, nil
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		return 0, errors.New("the file is compressed: unpack it with gunzip first")
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}) || bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		return 0, errors.New("the file is in UTF-16: convert it to UTF-8 first")
	case start[0] != '{' && start[0] != '[':
		return 0, errors.New("the file is not JSON: export the users with mongoexport, without --type=csv, and not with mongodump")
	}
	return start[0], nil
}

// next returns the next document, and io.EOF behind the last one. Behind any other
// error, which names the line, nothing can be read.
func (d *documents) next() (document, error) {
	if !d.decoder.More() {
		return document{}, d.end()
	}
	var raw json.RawMessage
	if err := d.decoder.Decode(&raw); err != nil {
		return document{}, d.explain(err)
	}
	d.input.left = maxDocument
	return document{d.input.lineAt(d.decoder.InputOffset() - int64(len(raw))), raw}, nil
}

// end returns io.EOF where the file ends as it should.
func (d *documents) end() error {
	if d.array {
		d.array = false
		if _, err := d.decoder.Token(); err != nil { // the ]
			return d.explain(err)
		}
	}
	token, err := d.decoder.Token()
	if err == nil {
		return fmt.Errorf("line %d: there is %v behind the last document", d.input.lineAt(d.decoder.InputOffset()-1), token)
	}
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return d.explain(err)
}

// explain says where the error is: in the document that begins behind the last one.
func (d *documents) explain(err error) error {
	start := d.decoder.InputOffset()
	if rest, readErr := io.ReadAll(d.decoder.Buffered()); readErr == nil {
		start += int64(len(rest) - len(bytes.TrimLeft(rest, ", \t\r\n")))
	}
	line := d.input.lineAt(start)
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("line %d: the file ends in the middle of what begins here; it is not complete", line)
	case errors.Is(err, errTooLong):
		return fmt.Errorf("line %d: the document that begins here has more than %d bytes", line, maxDocument)
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("line %d: what begins here is not JSON: %w", line, err)
	}
	return fmt.Errorf("line %d: %w", line, err)
}

var errTooLong = errors.New("too long")

// lineReader knows in which line each byte is that was read and not asked for. It
// reads no more than left bytes.
type lineReader struct {
	from  io.Reader
	left  int
	read  int64   // bytes
	ends  []int64 // where lines end that were not passed yet
	lines int     // that were passed
}

// Read implements io.Reader.
func (r *lineReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, errTooLong
	}
	n, err := r.from.Read(p[:min(len(p), r.left)])
	r.left -= n
	for i, b := range p[:n] {
		if b == '\n' {
			r.ends = append(r.ends, r.read+int64(i))
		}
	}
	r.read += int64(n)
	return n, err
}

// lineAt returns the line of the byte at the offset. The next call must not ask for
// an earlier one.
func (r *lineReader) lineAt(offset int64) int {
	passed := 0
	for passed < len(r.ends) && r.ends[passed] < offset {
		passed++
	}
	r.ends = r.ends[passed:]
	r.lines += passed
	return r.lines + 1
}
