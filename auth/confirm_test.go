package auth

import (
	"context"
	"testing"

	"sallyport/auth/session"
)

// The program notes the first use in a goroutine, whose request is over by then.
func TestConfirm_OutlivesItsRequest(t *testing.T) {
	f := newFixture(t)
	var tasks []func()
	f.options.Background = func(task func()) { tasks = append(tasks, task) }
	service := f.service()
	rotated, err := service.Refresh(t.Context(), []string{f.mustLogin().RefreshToken}, session.Device{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, over := context.WithCancel(t.Context())
	for range 2 {
		if _, err := service.Authenticate(ctx, []string{rotated.AccessToken}); err != nil {
			t.Fatal(err)
		}
	}
	over()
	if len(tasks) != 1 {
		t.Fatalf("%d tasks note one use", len(tasks))
	}
	tasks[0]()
	for _, s := range f.user().Sessions {
		if s.Unconfirmed {
			t.Error("the use was not noted")
		}
	}
}
