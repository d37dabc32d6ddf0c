package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestBackground_EndsWithItsTasksAndOutlivesAPanic(t *testing.T) {
	var log bytes.Buffer
	tasks := &background{log: slog.New(slog.NewTextHandler(&log, nil))}
	ended := 0
	begin := make(chan struct{})
	tasks.run(func() { panic("of a task") })
	tasks.run(func() { <-begin; ended++ })
	close(begin)
	tasks.wait()
	if ended != 1 || !strings.Contains(log.String(), "of a task") {
		t.Errorf("%d tasks ended; the log says %q", ended, log.String())
	}
	tasks.run(func() { t.Error("a task began after the end") })
	tasks.wait()
}
