package main

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"sallyport/config"
	"sallyport/tests/harness"
)

func TestUser_IsTheSameEachTimeAndNobodyElse(t *testing.T) {
	p, err := newPopulation(300, 3)
	if err != nil {
		t.Fatal(err)
	}
	ids, names := map[uuid.UUID]bool{}, map[string]bool{}
	for i := range p.users {
		user := p.user(i)
		if diff := cmp.Diff(user, p.user(i)); diff != "" {
			t.Fatal(diff)
		}
		if want := map[bool]int{true: devices, false: 1}[i < p.full]; len(user.Sessions) != want {
			t.Errorf("user %d has %d devices, want %d", i, len(user.Sessions), want)
		}
		ids[user.ID], names[user.Username] = true, true
		if user.ID.Version() != 7 || user.ID.Variant() != uuid.RFC4122 {
			t.Errorf("%s is no UUIDv7", user.ID)
		}
	}
	if len(ids) != p.users || len(names) != p.users {
		t.Errorf("%d ids and %d names", len(ids), len(names))
	}
}

func TestAccounts_NoTwoWorkersShareAUser(t *testing.T) {
	p, err := newPopulation(40, 0)
	if err != nil {
		t.Fatal(err)
	}
	owner := map[string]int{}
	for w := range 3 {
		accounts, err := p.accounts(w, 3, 10, 40)
		if err != nil || len(accounts) != 10 {
			t.Fatal(len(accounts), err)
		}
		for _, a := range accounts {
			if other, taken := owner[a.email]; taken {
				t.Errorf("%s belongs to the workers %d and %d", a.email, other, w)
			}
			owner[a.email] = w
		}
	}
	for i := range 10 {
		if w, taken := owner[p.user(i).Email]; taken {
			t.Errorf("user %d, outside the range, belongs to worker %d", i, w)
		}
	}
}

func TestPick_IsDifferentNumbersFromEverywhere(t *testing.T) {
	for _, n := range []int{0, 1, mostAccounts, mostAccounts + 1, 1_000_000} {
		seen, low := map[int]bool{}, 0
		for _, i := range pick(rand.New(rand.NewPCG(1, 2)), n) {
			if i < 0 || i >= n || seen[i] {
				t.Fatalf("%d of %d, seen before: %v", i, n, seen[i])
			}
			seen[i] = true
			if i < n/2 {
				low++
			}
		}
		if want := min(n, mostAccounts); len(seen) != want {
			t.Errorf("%d of %d, want %d", len(seen), n, want)
		}
		if n > mostAccounts && (low < mostAccounts/3 || low > mostAccounts*2/3) {
			t.Errorf("%d of %d picks are in the first half of %d", low, len(seen), n)
		}
	}
}

func TestFill_RowsAreWhatTheProgramReads(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { checkFilled(t, sqliteEngine(t.TempDir())) })
	t.Run("postgres", func(t *testing.T) {
		url := harness.PostgresURL(t)
		e := postgresEngine(nil, nil)
		e.fresh = func(context.Context) (string, error) { return url, nil }
		checkFilled(t, e)
	})
}

func checkFilled(t *testing.T, e *engine) {
	p, err := newPopulation(rowsPerInsert+7, 2)
	if err != nil {
		t.Fatal(err)
	}
	url, err := e.filled(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	store, err := harness.OpenStore(t.Context(), config.Database{Driver: string(e.driver), DSN: strings.TrimPrefix(url, "sqlite://")}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for i := range p.users {
		want := p.user(i)
		got, _, err := store.UserByID(t.Context(), want.ID)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("user %d: %v\n%s", i, err, diff)
		}
	}
}
