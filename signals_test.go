package main

import (
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestAgain_CountsOnlyWhatIsMeant(t *testing.T) {
	for _, tt := range []struct {
		why   string
		send  os.Signal
		after time.Duration
		ends  bool
	}{
		{"timeout(1) sends SIGTERM twice", syscall.SIGTERM, time.Millisecond, false},
		{"a person presses Ctrl-C twice", os.Interrupt, oneStop, true},
		{"an orchestrator loses patience", syscall.SIGTERM, 10 * time.Second, true},
		{"a closed terminal repeats itself", syscall.SIGHUP, time.Second, false},
	} {
		t.Run(tt.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				signals, ended := make(chan os.Signal), make(chan os.Signal, 1)
				go func() { ended <- again(signals) }()
				synctest.Wait()
				time.Sleep(tt.after) // of the bubble's clock
				signals <- tt.send
				synctest.Wait()
				if got := len(ended) == 1; got != tt.ends {
					t.Errorf("%v after %v ends the process: %v, want %v", tt.send, tt.after, got, tt.ends)
				}
				if !tt.ends {
					close(signals)
				}
			})
		})
	}
}
