package password

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
)

var cheap = Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

func hasher(t *testing.T, params Params) *Hasher {
	t.Helper()
	h, err := NewHasher(params)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func hash(t *testing.T, h *Hasher, password string) string {
	t.Helper()
	phc, err := h.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return phc
}

func TestHash_IsPHCWithTheRecommendedParameters(t *testing.T) {
	phc := hash(t, hasher(t, Recommended), "correct horse")
	format := regexp.MustCompile(`^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`) // 16 bytes of salt, 32 of key
	if !format.MatchString(phc) {
		t.Errorf("%s", phc)
	}
}

func TestHash_SaltsEveryHashAnew(t *testing.T) {
	h := hasher(t, cheap)
	if first, second := hash(t, h, "same"), hash(t, h, "same"); first == second {
		t.Error("two hashes of one password are equal")
	}
}

func TestVerify_MatchesOnlyTheWholePassword(t *testing.T) {
	h, long := hasher(t, cheap), strings.Repeat("🔑", 64)
	for _, password := range []string{"correct horse", " spaces ", long, strings.Repeat("a", 72), strings.Repeat("a", 256)} {
		phc := hash(t, h, password)
		if match, stale, err := h.Verify(t.Context(), password, phc); !match || stale || err != nil {
			t.Errorf("%.20q: match %v, stale %v, %v", password, match, stale, err)
		}
		for why, wrong := range map[string]string{
			"one byte more": password + "a", "one byte less": password[:len(password)-1],
			"a space more": password + " ", "a NUL more": password + "\x00", "upper case": strings.ToUpper(password) + "X", "empty": "",
		} {
			if match, _, err := h.Verify(t.Context(), wrong, phc); match || err != nil {
				t.Errorf("%.20q, %s: match %v, %v", password, why, match, err)
			}
		}
	}
}

func TestVerify_TellsAHashOfOtherParameters(t *testing.T) {
	phc := hash(t, hasher(t, cheap), "secret")
	changes := map[string]func(*Params){
		"memory":      func(p *Params) { p.Memory *= 2 },
		"iterations":  func(p *Params) { p.Iterations++ },
		"parallelism": func(p *Params) { p.Parallelism++ },
		"salt":        func(p *Params) { p.SaltLength = 32 },
		"key":         func(p *Params) { p.KeyLength = 64 },
	}
	for name, change := range changes {
		params := cheap
		change(&params)
		if match, stale, err := hasher(t, params).Verify(t.Context(), "secret", phc); !match || !stale || err != nil {
			t.Errorf("%s: match %v, stale %v, %v", name, match, stale, err)
		}
	}
}

func TestVerify_UnreadableHashIsAnErrorNotAMismatch(t *testing.T) {
	h := hasher(t, cheap)
	for _, phc := range []string{"", "plain", "$2a$10$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=64,t=1,p=1$!!$!!"} {
		if match, stale, err := h.Verify(t.Context(), "x", phc); match || stale || err == nil {
			t.Errorf("%q: match %v, stale %v, %v", phc, match, stale, err)
		}
	}
}

func TestVerifyNothing_NeverMatchesAndNeverFails(t *testing.T) {
	if err := hasher(t, cheap).VerifyNothing(t.Context(), "a hash to compare with when there is no user"); err != nil {
		t.Error(err)
	}
}

// The slots are taken and the queue filled by hand, so nothing is timed.
func TestHash_FullQueueIsBusyAndRecovers(t *testing.T) {
	h := hasher(t, cheap)
	h.waiting.Store(h.limit)
	if _, err := h.Hash(t.Context(), "x"); err != ErrBusy {
		t.Errorf("hash: %v", err)
	}
	if err := h.VerifyNothing(t.Context(), "x"); err != ErrBusy {
		t.Errorf("verify: %v", err)
	}
	if h.waiting.Load() != h.limit {
		t.Errorf("a refused one is still counted: %d of %d", h.waiting.Load(), h.limit)
	}
	h.waiting.Add(-1)
	if _, err := h.Hash(t.Context(), "x"); err != nil {
		t.Errorf("after one has left: %v", err)
	}
}

func TestHash_WaitingEndsWithTheContext(t *testing.T) {
	h := hasher(t, cheap)
	cores := h.limit / (queuePerSlot + 1)
	if err := h.slots.Acquire(t.Context(), cores); err != nil { // every slot is busy
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := h.Hash(ctx, "x")
		failed <- err
	}()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if n := h.waiting.Load(); n != 0 {
		t.Errorf("%d still wait", n)
	}
	h.slots.Release(cores)
	if _, err := h.Hash(t.Context(), "x"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
