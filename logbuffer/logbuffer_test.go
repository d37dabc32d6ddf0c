package logbuffer

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestBuffer_WritesWhatWaitsAfterTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(&bytes.Buffer{})
		for range 2 { // the interval starts anew with each first line
			fmt.Fprint(b, "one\n")
			time.Sleep(interval / 2)
			fmt.Fprint(b, "two\n")
			time.Sleep(interval/2 - time.Nanosecond)
			synctest.Wait()
			if said := taken(b); said != "" {
				t.Errorf("before the interval: %q", said)
			}
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			if said := taken(b); said != "one\ntwo\n" {
				t.Errorf("after the interval: %q", said)
			}
		}
	})
}

func TestBuffer_DoesNotWaitWhenItIsFull(t *testing.T) {
	var out bytes.Buffer
	b := New(&out)
	b.after = time.Hour
	line := strings.Repeat("x", full/4-1) + "\n"
	for i := range 4 {
		if out.Len() != 0 {
			t.Errorf("written after %d lines", i)
		}
		fmt.Fprint(b, line)
	}
	if out.String() != strings.Repeat(line, 4) {
		t.Errorf("%d bytes of %d", out.Len(), 4*len(line))
	}
}

func TestBuffer_CloseWritesTheRest(t *testing.T) {
	var out bytes.Buffer
	b := New(&out)
	fmt.Fprint(b, "last\n")
	if err := b.Close(); err != nil || out.String() != "last\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	if err := b.Close(); err != nil || out.String() != "last\n" {
		t.Errorf("twice: %q, %v", out.String(), err)
	}
}

func TestBuffer_GoesOnAfterAFailure(t *testing.T) {
	out := &failing{fail: true}
	b := New(out)
	fmt.Fprint(b, "lost\n")
	if err := b.Close(); err == nil {
		t.Error("no error from a full disk")
	}
	out.fail = false
	fmt.Fprint(b, "kept\n")
	if err := b.Close(); err != nil || out.String() != "kept\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestBuffer_KeepsLinesWhole(t *testing.T) {
	var out bytes.Buffer
	b := New(&out)
	var group sync.WaitGroup
	for i := range 8 {
		line := strings.Repeat(fmt.Sprint(i), 100) + "\n"
		group.Go(func() {
			for range 500 {
				fmt.Fprint(b, line)
			}
		})
	}
	group.Wait()
	b.Close()
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 8*500 {
		t.Errorf("%d lines", len(lines))
	}
	for _, line := range lines {
		if line != strings.Repeat(line[:1], 100) {
			t.Fatalf("torn: %q", line)
		}
	}
}

type failing struct {
	bytes.Buffer
	fail bool
}

func (f *failing) Write(p []byte) (int, error) {
	if f.fail {
		return 0, errors.New("no space left on device")
	}
	return f.Buffer.Write(p)
}

// taken takes what b has written so far out of its bytes.Buffer.
func taken(b *Buffer) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.to.(*bytes.Buffer).Next(1 << 20))
}
