package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sallyport/config"
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

func TestRequestLog_JSONWaitsATenthOfASecondAndTextNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		for _, json := range []bool{true, false} {
			w := &writes{}
			log, flush := requestLog(ctx, config.Config{LogJSON: json}, w)
			fmt.Fprintln(log, "one")
			fmt.Fprintln(log, "two")
			if len(w.each) == 0 != json {
				t.Errorf("JSON %v: written at once: %q", json, w.each)
			}
			time.Sleep(flushEvery) // of the test's own clock
			synctest.Wait()
			if got := strings.Join(w.each, ""); got != "one\ntwo\n" || json && len(w.each) != 1 {
				t.Errorf("JSON %v: after the interval: %q", json, w.each)
			}
			fmt.Fprintln(log, "three")
			if err := flush(); err != nil || !strings.HasSuffix(strings.Join(w.each, ""), "three\n") {
				t.Errorf("JSON %v: at the end: %q, %v", json, w.each, err)
			}
		}
	})
}

func TestRequestLog_KeepsLinesWholeAndGoesOnAfterAFailure(t *testing.T) {
	w := &writes{}
	log, flush := requestLog(t.Context(), config.Config{LogJSON: true}, w)
	line := strings.Repeat("x", 999) + "\n"
	for range 100 {
		if _, err := log.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	for _, written := range w.each {
		if len(written)%len(line) != 0 {
			t.Errorf("a write of %d bytes cuts a line", len(written))
		}
	}
	if len(w.each) == 0 {
		t.Error("nothing was written though the buffer was full")
	}
	w.err = errors.New("no space left")
	if err := flush(); err == nil {
		t.Error("the failure is not reported")
	}
	w.err = nil
	w.each = nil
	fmt.Fprintln(log, "later")
	if err := flush(); err != nil || strings.Join(w.each, "") != "later\n" {
		t.Errorf("after the failure: %q, %v", w.each, err)
	}
}
