package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

const longestInput = 4096 // bytes of a password with its line end; more is another file

var (
	errDiffer       = errors.New("the two passwords differ; nothing was done")
	errNotConfirmed = errors.New("not confirmed; nothing was done")
)

// newPassword reads the password of a new user: from the file, where there is one;
// twice from the terminal, which does not show it; or else from standard input.
func (sh shell) newPassword(ctx context.Context, file string) (string, error) {
	if file != "" {
		opened, err := os.Open(file) // #nosec G304 -- the operator names it
		if err != nil {
			return "", fmt.Errorf("--password-file: %w", err)
		}
		defer opened.Close()
		return firstLine(opened, file)
	}
	if !term.IsTerminal(int(sh.stdin.Fd())) {
		return firstLine(sh.stdin, "standard input")
	}
	first, err := sh.hidden(ctx, "Password: ")
	if err != nil {
		return "", err
	}
	second, err := sh.hidden(ctx, "The same again: ")
	if err == nil && first != second {
		err = errDiffer
	}
	return first, err
}

// firstLine reads a password that stands alone, with or without a line end.
func firstLine(r io.Reader, place string) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, longestInput+1))
	line, rest, _ := bytes.Cut(bytes.TrimPrefix(text, []byte("\ufeff")), []byte("\n")) // nobody types a byte order mark at the sign-in
	line = bytes.TrimSuffix(line, []byte("\r"))
	switch {
	case err != nil:
		return "", fmt.Errorf("read the password: %w", err)
	case len(line) == 0:
		return "", fmt.Errorf("there is no password in %s", place)
	case len(text) > longestInput || len(bytes.TrimSpace(rest)) > 0:
		return "", fmt.Errorf("there is more than one line in %s, which has to hold the password alone", place)
	}
	return string(line), nil
}

// hidden asks for a line that the terminal does not show. A signal ends the wait and
// leaves the terminal as it was.
func (sh shell) hidden(ctx context.Context, question string) (string, error) {
	terminal := int(sh.stdin.Fd())
	before, err := term.GetState(terminal)
	if err != nil {
		return "", err
	}
	defer func() { _ = term.Restore(terminal, before) }()
	fmt.Fprint(sh.stderr, question)
	defer fmt.Fprintln(sh.stderr)
	return answer(ctx, func() (string, error) {
		line, err := term.ReadPassword(terminal)
		return string(line), err
	})
}

// confirm asks a person to write the word. Where there is no terminal nobody can be
// asked.
func (sh shell) confirm(ctx context.Context, question, word string) error {
	if !term.IsTerminal(int(sh.stdin.Fd())) {
		return usageError{errors.New("standard input is no terminal on which to ask; --yes goes without"), "sallyport user delete --help"}
	}
	fmt.Fprintf(sh.stderr, "%s Write %s to go on: ", question, word)
	line, err := answer(ctx, func() (string, error) { return bufio.NewReader(sh.stdin).ReadString('\n') })
	if errors.Is(err, io.EOF) || err == nil && strings.TrimSpace(line) != word {
		return errNotConfirmed
	}
	return err
}

// answer waits for what a person writes, until ctx ends. The read goes on then, and
// ends with the process.
func answer(ctx context.Context, read func() (string, error)) (string, error) {
	type result struct {
		line string
		err  error
	}
	written := make(chan result, 1)
	go func() {
		line, err := read()
		written <- result{line, err}
	}()
	select {
	case r := <-written:
		return r.line, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
