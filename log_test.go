package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sallyport/config"
	"sallyport/internal/logs"
)

// writes keeps what each write brought, and fails while err is set.
type writes struct {
	mu   sync.Mutex
	each []string
	err  error
}

func (w *writes) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return 0, w.err
	}
	w.each = append(w.each, string(bytes.Clone(p)))
	return len(p), nil
}

func (w *writes) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
}

// got returns what was written since the last call.
func (w *writes) got() (each []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	each, w.each = w.each, nil
	return each
}

func TestRequestLog_OnlyJSONWaitsATenthOfASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, format := range []string{logs.JSON, logs.Text, logs.Pretty} {
			json := format == logs.JSON
			w := &writes{}
			log, end := requestLog(config.Config{LogFormat: format}, w)
			fmt.Fprintln(log, "one")
			fmt.Fprintln(log, "two")
			atOnce := w.got()
			time.Sleep(flushEvery) // of the test's own clock
			synctest.Wait()
			if later := w.got(); len(atOnce)+len(later) == 0 || json != (len(atOnce) == 0) || json != (len(later) == 1) {
				t.Errorf("%s: written at once %q, after the interval %q", format, atOnce, later)
			}
			fmt.Fprintln(log, "three")
			if err := end(); err != nil || strings.Join(w.got(), "") != "three\n" {
				t.Errorf("%s: the end is not written: %v", format, err)
			}
		}
	})
}

func TestRequestLog_KeepsLinesWholeAndGoesOnAfterAFailure(t *testing.T) {
	w := &writes{}
	log, end := requestLog(config.Config{LogFormat: logs.JSON}, w)
	line := strings.Repeat("x", 999) + "\n"
	for range 100 {
		if _, err := log.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	full := w.got()
	for _, written := range full {
		if len(written)%len(line) != 0 {
			t.Errorf("a write of %d bytes cuts a line", len(written))
		}
	}
	if len(full) == 0 {
		t.Error("nothing was written though the buffer was full")
	}
	w.fail(errors.New("no space left"))
	if _, err := log.Write([]byte(strings.Repeat("y", flushAt-1) + "\n")); err != nil { // which makes room first
		t.Error(err)
	}
	w.fail(nil)
	w.got()
	if err := end(); err != nil || !strings.HasPrefix(strings.Join(w.got(), ""), "yyy") {
		t.Errorf("after the failure: %v", err)
	}
}
