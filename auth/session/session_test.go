package session

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"sallyport/models"
)

var (
	signedInAt = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	testPolicy = Policy{
		RefreshExpiry: 7 * 24 * time.Hour,
		MaxAge:        30 * 24 * time.Hour,
		Grace:         10 * time.Second,
		Max:           10,
	}
)

func TestDecide_Verdicts(t *testing.T) {
	const grace, day = 10 * time.Second, 24 * time.Hour
	retiredAt := signedInAt.Add(time.Hour) // the time of every retired token below
	end := signedInAt.Add(testPolicy.MaxAge)
	const confirmed, unconfirmed = false, true
	tests := []struct {
		why         string
		presented   string // the row has "current", its predecessor "former", and "older" before that
		unconfirmed bool
		now         time.Time
		grace       time.Duration
		want        Verdict
	}{
		{"the current token", "current", confirmed, retiredAt, grace, Rotate},
		{"the current token for the first time", "current", unconfirmed, retiredAt, grace, Rotate},
		{"the current token long after", "current", confirmed, end.Add(-1), grace, Rotate},
		{"the current token, strict rotation", "current", confirmed, retiredAt, 0, Rotate},

		{"retired this instant: a parallel tab", "former", confirmed, retiredAt, grace, AnswerAgain},
		{"retired this instant, two steps back", "older", confirmed, retiredAt, grace, AnswerAgain},
		{"the last moment of the grace window", "former", confirmed, retiredAt.Add(grace - 1), grace, AnswerAgain},
		{"exactly at the end of the window", "former", confirmed, retiredAt.Add(grace), grace, Reused},
		{"after the window: the successor was used", "former", confirmed, retiredAt.Add(time.Hour), grace, Reused},

		{"a lost response, retried at the end of the window", "former", unconfirmed, retiredAt.Add(grace), grace, AnswerLate},
		{"a lost response, retried next week", "former", unconfirmed, retiredAt.Add(7 * day), grace, AnswerLate},
		{"its predecessor was answered, so that was used", "older", unconfirmed, retiredAt.Add(grace), grace, Reused},
		{"an unknown id is theft, confirmed or not", "unknown", unconfirmed, retiredAt, grace, Reused},

		{"a clock 1 ms behind that of another instance", "former", confirmed, retiredAt.Add(-time.Millisecond), grace, AnswerAgain},
		{"a clock set back by a second", "former", confirmed, retiredAt.Add(-time.Second), grace, Reused},
		{"a clock set back by an hour", "former", confirmed, retiredAt.Add(-time.Hour), grace, Reused},
		{"a clock set back, a lost response", "former", unconfirmed, retiredAt.Add(-time.Hour), grace, AnswerLate},

		{"grace 0 never repeats", "former", confirmed, retiredAt, 0, Reused},
		{"grace 0 knows no lost response", "former", unconfirmed, retiredAt, 0, Reused},
		{"no id at all", "", confirmed, retiredAt, grace, Reused},
		{"the absolute end ends the current token", "current", confirmed, end, grace, Ended},
		{"past the end a replay is no theft", "unknown", confirmed, end.Add(time.Hour), grace, Ended},
		{"past the end no repeat", "former", unconfirmed, end, 40 * day, Ended},

		{"an old one before the current one", "older current", confirmed, retiredAt.Add(time.Hour), grace, Rotate},
		{"the current one before an old one", "current older", confirmed, retiredAt.Add(time.Hour), grace, Rotate},
		{"a former one beside the current one, within the window", "former current", confirmed, retiredAt, grace, Rotate},
		{"a replay beside a lost response", "older former", unconfirmed, retiredAt.Add(time.Hour), grace, AnswerLate},
		{"two replays", "older former", confirmed, retiredAt.Add(time.Hour), grace, Reused},
	}
	for _, tt := range tests {
		session := models.Session{
			TokenID: "current", SignedInAt: signedInAt, Unconfirmed: tt.unconfirmed,
			Retired: []models.RetiredToken{{TokenID: "older", RetiredAt: retiredAt}, {TokenID: "former", RetiredAt: retiredAt}},
		}
		policy := testPolicy
		policy.Grace = tt.grace
		if got := policy.Decide(session, tt.now, strings.Split(tt.presented, " ")...); got != tt.want {
			t.Errorf("%s: verdict %d, want %d", tt.why, got, tt.want)
		}
	}
}

func TestLate_BeginsTheGraceWindowAgain(t *testing.T) {
	late := signedInAt.Add(time.Hour)
	session := testPolicy.Rotate(testPolicy.New(uuid.New(), "first", Device{}, signedInAt), "second", Device{}, signedInAt)
	answered := testPolicy.Confirm(testPolicy.Late(session, late), late.Add(time.Second)) // one tab uses it
	for age, want := range map[time.Duration]Verdict{2 * time.Second: AnswerAgain, testPolicy.Grace: Reused} {
		if got := testPolicy.Decide(answered, late.Add(age), "first"); got != want {
			t.Errorf("another tab %v later: verdict %d, want %d", age, got, want)
		}
	}
	if !session.Retired[0].RetiredAt.Equal(signedInAt) {
		t.Error("the loaded entry was changed")
	}
}

func TestConfirm_ForgetsThePredecessorAfterTheGraceWindow(t *testing.T) {
	first := testPolicy.New(uuid.New(), "first", Device{}, signedInAt)
	if first.Unconfirmed {
		t.Error("the token of a sign-in waits for a confirmation")
	}
	rotated := testPolicy.Rotate(first, "second", Device{}, signedInAt)
	if !rotated.Unconfirmed {
		t.Fatal("a new token counts as used")
	}
	for age, want := range map[time.Duration]int{testPolicy.Grace - 1: 1, testPolicy.Grace: 0} {
		confirmed := testPolicy.Confirm(rotated, signedInAt.Add(age))
		if confirmed.Unconfirmed || len(confirmed.Retired) != want {
			t.Errorf("confirmed after %v: %+v, want %d retired", age, confirmed, want)
		}
	}
	if !rotated.Unconfirmed || len(rotated.Retired) != 1 {
		t.Errorf("the loaded entry was changed: %+v", rotated)
	}
}

func TestRotated_RetiresTheFormerTokenAndPrunesTheRest(t *testing.T) {
	now := signedInAt.Add(time.Hour)
	before := models.Session{TokenID: "current", SignedInAt: signedInAt, Retired: []models.RetiredToken{
		{TokenID: "too old", RetiredAt: now.Add(-testPolicy.Grace)},
		{TokenID: "in grace", RetiredAt: now.Add(-testPolicy.Grace + 1)},
	}}
	after := testPolicy.Rotate(before, "next", Device{UserAgent: "curl", IP: "192.0.2.1"}, now)
	if after.TokenID != "next" || after.UserAgent != "curl" || after.IP != "192.0.2.1" || !after.LastUsedAt.Equal(now) {
		t.Errorf("rotated to %+v", after)
	}
	if len(after.Retired) != 2 || after.Retired[0].TokenID != "in grace" || after.Retired[1] != (models.RetiredToken{TokenID: "current", RetiredAt: now}) {
		t.Errorf("retired %+v", after.Retired)
	}
	if before.TokenID != "current" || len(before.Retired) != 2 || before.Retired[0].TokenID != "too old" {
		t.Errorf("the loaded entry was changed: %+v", before)
	}
}

func TestRotated_StrictRotationRetiresNothing(t *testing.T) {
	policy := testPolicy
	policy.Grace = 0
	after := policy.Rotate(models.Session{TokenID: "current", SignedInAt: signedInAt}, "next", Device{}, signedInAt)
	if len(after.Retired) != 0 || after.Unconfirmed { // a use would be written for nothing
		t.Errorf("strict rotation keeps %+v", after)
	}
}

func TestRotated_KeepsTheSixteenNewestRetiredTokens(t *testing.T) {
	session := models.Session{TokenID: "0", SignedInAt: signedInAt}
	for i := 1; i <= 20; i++ {
		session = testPolicy.Rotate(session, fmt.Sprint(i), Device{}, signedInAt)
	}
	if len(session.Retired) != 16 || session.Retired[0].TokenID != "4" || session.Retired[15].TokenID != "19" {
		t.Errorf("%d retired: %+v", len(session.Retired), session.Retired)
	}
}

func TestRotated_NeverMovesTheAbsoluteEnd(t *testing.T) {
	end := signedInAt.Add(testPolicy.MaxAge)
	tests := []struct {
		why  string
		now  time.Time
		want time.Time
	}{
		{"far from the end a token lives its full time", signedInAt.Add(time.Hour), signedInAt.Add(time.Hour + testPolicy.RefreshExpiry)},
		{"a token that would reach the end exactly", end.Add(-testPolicy.RefreshExpiry), end},
		{"near the end a token is cut off there", end.Add(-time.Hour), end},
		{"token times are whole seconds, rounded down", signedInAt.Add(1999 * time.Millisecond), signedInAt.Add(time.Second + testPolicy.RefreshExpiry)},
	}
	for _, tt := range tests {
		after := testPolicy.Rotate(models.Session{TokenID: "current", SignedInAt: signedInAt}, "next", Device{}, tt.now)
		if !after.ExpiresAt.Equal(tt.want) {
			t.Errorf("%s: expires %v, want %v", tt.why, after.ExpiresAt, tt.want)
		}
		if !after.SignedInAt.Equal(signedInAt) || !after.IssuedAt.Equal(tt.now.Truncate(time.Second)) {
			t.Errorf("%s: signed in %v, issued %v", tt.why, after.SignedInAt, after.IssuedAt)
		}
	}
}

// The model is a list of every token ever issued with the time each was
// rotated away. It knows nothing of pruning, so pruning must not show.
func TestRotation_AgreesWithTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := testPolicy
		policy.MaxAge = time.Hour
		policy.RefreshExpiry = 30 * time.Minute
		policy.Grace = rapid.SampledFrom([]time.Duration{0, time.Second, 10 * time.Second}).Draw(t, "grace")
		now, end := signedInAt, signedInAt.Add(policy.MaxAge)
		session := policy.New(uuid.New(), "token-0", Device{}, now)
		issued := []string{session.TokenID}
		var retiredAt []time.Time // of issued[i]; the last one is current
		used := true              // the current one, or an access token issued with it

		t.Repeat(map[string]func(*rapid.T){
			"wait": func(t *rapid.T) {
				steps := []time.Duration{time.Millisecond, time.Second, 9 * time.Second, policy.Grace, 10 * time.Minute}
				now = now.Add(rapid.SampledFrom(steps).Draw(t, "step"))
			},
			"rotate": func(t *rapid.T) {
				if policy.Decide(session, now, session.TokenID) != Rotate {
					return // the session is over
				}
				next := fmt.Sprint("token-", len(issued))
				session = policy.Rotate(session, next, Device{}, now)
				issued, retiredAt, used = append(issued, next), append(retiredAt, now), false
			},
			"retry late": func(t *rapid.T) {
				if last := len(retiredAt) - 1; last >= 0 && policy.Decide(session, now, issued[last]) == AnswerLate {
					session, retiredAt[last] = policy.Late(session, now), now
				}
			},
			"use": func(t *rapid.T) { session, used = policy.Confirm(session, now), true },
			"": func(t *rapid.T) {
				if len(session.Retired) > maxRetired {
					t.Fatalf("%d retired tokens", len(session.Retired))
				}
				if session.ExpiresAt.After(end) || !session.SignedInAt.Equal(signedInAt) {
					t.Fatalf("the absolute end moved: expires %v", session.ExpiresAt)
				}
				for i, id := range issued {
					want := Reused
					switch current := len(issued) - 1; {
					case !now.Before(end):
						want = Ended
					case i == current:
						want = Rotate // and for no other token: one successor
					case now.Sub(retiredAt[i]) < policy.Grace && current-i <= maxRetired:
						want = AnswerAgain
					case i == current-1 && !used && policy.Grace > 0:
						want = AnswerLate
					}
					if got := policy.Decide(session, now, id); got != want {
						t.Fatalf("token %d of %d at %v: verdict %d, want %d", i, len(issued), now, got, want)
					}
				}
			},
		})
	})
}

func TestAdd_EvictsTheLeastRecentlyUsedOfTheLiveOnes(t *testing.T) {
	now := signedInAt.Add(8 * 24 * time.Hour)
	used := func(name string, ago time.Duration) models.Session {
		return testPolicy.New(uuid.NewSHA1(uuid.Nil, []byte(name)), name, Device{}, now.Add(-ago))
	}
	sessions := []models.Session{used("new", time.Minute), used("old", time.Hour), used("over", 8*24*time.Hour), used("middle", 30*time.Minute)}
	for _, tt := range []struct {
		max  int
		want string
	}{{10, "old middle new added"}, {4, "old middle new added"}, {3, "middle new added"}, {1, "added"}} {
		policy := testPolicy
		policy.Max = tt.max
		if got := tokens(policy.Add(sessions, used("added", 0), now)); got != tt.want {
			t.Errorf("at most %d: %s, want %s", tt.max, got, tt.want)
		}
	}
	if got := tokens(sessions); got != "new old over middle" {
		t.Errorf("the loaded list was changed: %s", got)
	}
}

func TestLists_ReplaceWithoutAndMissing(t *testing.T) {
	a, b, c := models.Session{ID: uuid.New(), TokenID: "a"}, models.Session{ID: uuid.New(), TokenID: "b"}, models.Session{ID: uuid.New(), TokenID: "c"}
	next := b
	next.TokenID = "b2"
	all := []models.Session{a, b, c}
	for got, want := range map[string]string{
		tokens(Replace(all, next)):                           "a b2 c",
		tokens(Replace(all, models.Session{ID: uuid.New()})): "a b c",
		tokens(Without(all, b.ID)):                           "a c",
		tokens(Without(all, uuid.New())) + " ":               "a b c ",
		tokens(Missing(all, []models.Session{next})) + "  ":  "a c  ",
		tokens(Missing(nil, all)):                            "",
		tokens(all) + " unchanged":                           "a b c unchanged",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func tokens(sessions []models.Session) string {
	var ids []string
	for _, s := range sessions {
		ids = append(ids, s.TokenID)
	}
	return strings.Join(ids, " ")
}
