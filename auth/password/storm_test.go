package password

import (
	"context"
	"runtime/debug"
	"testing"
	"testing/synctest"
)

func gcPercent() int {
	percent := debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	return percent
}

func TestStorm_CollectsSoonerOnlyWhileHashesWait(t *testing.T) {
	usual := debug.SetGCPercent(300)
	defer debug.SetGCPercent(usual)
	synctest.Test(t, func(t *testing.T) {
		h := hasher(t, cheap)
		cores := h.limit / (queuePerSlot + 1)
		if err := h.slots.Acquire(t.Context(), cores); err != nil { // every slot is busy
			t.Fatal(err)
		}
		ctx, leave := context.WithCancel(t.Context())
		go h.Hash(t.Context(), "x")
		go h.Hash(ctx, "x")
		synctest.Wait()
		if got := gcPercent(); got != stormGC {
			t.Errorf("GOGC is %d while two wait", got)
		}
		leave()
		synctest.Wait()
		if got := gcPercent(); got != stormGC {
			t.Errorf("GOGC is %d while one waits", got)
		}
		h.slots.Release(cores)
		synctest.Wait()
		if got := gcPercent(); got != 300 {
			t.Errorf("GOGC is %d when the last has left", got)
		}
	})
}
