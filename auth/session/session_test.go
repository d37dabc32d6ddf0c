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
	const grace = 10 * time.Second
	retiredAt := signedInAt.Add(time.Hour)
	end := signedInAt.Add(testPolicy.MaxAge)
	tests := []struct {
		why       string
		presented string
		now       time.Time
		grace     time.Duration
		want      Verdict
	}{
		{"the current token", "current", retiredAt, grace, Rotate},
		{"the current token long after", "current", end.Add(-1), grace, Rotate},
		{"the current token, strict rotation", "current", retiredAt, 0, Rotate},
		{"retired this instant: a parallel tab", "former", retiredAt, grace, AnswerAgain},
		{"the last moment of the grace window", "former", retiredAt.Add(grace - 1), grace, AnswerAgain},
		{"a clock that stepped back", "former", retiredAt.Add(-time.Second), grace, AnswerAgain},
		{"exactly at the end of the window", "former", retiredAt.Add(grace), grace, Reused},
		{"after the window", "former", retiredAt.Add(time.Hour), grace, Reused},
		{"grace 0 never repeats", "former", retiredAt, 0, Reused},
		{"an id the row has never seen", "unknown", retiredAt, grace, Reused},
		{"no id at all", "", retiredAt, grace, Reused},
		{"the absolute end ends the current token", "current", end, grace, Ended},
		{"past the end a replay is no theft", "unknown", end.Add(time.Hour), grace, Ended},
		{"past the end no repeat", "former", end, 40 * 24 * time.Hour, Ended},
	}
	for _, tt := range tests {
		session := models.Session{
			TokenID: "current", SignedInAt: signedInAt,
			Retired: []models.RetiredToken{{TokenID: "former", RetiredAt: retiredAt}},
		}
		policy := testPolicy
		policy.Grace = tt.grace
		if got := policy.Decide(session, tt.presented, tt.now); got != tt.want {
			t.Errorf("%s: verdict %d, want %d", tt.why, got, tt.want)
		}
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
	if len(after.Retired) != 0 {
		t.Errorf("retired %+v", after.Retired)
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

		t.Repeat(map[string]func(*rapid.T){
			"wait": func(t *rapid.T) {
				steps := []time.Duration{time.Millisecond, time.Second, 9 * time.Second, policy.Grace, 10 * time.Minute}
				now = now.Add(rapid.SampledFrom(steps).Draw(t, "step"))
			},
			"rotate": func(t *rapid.T) {
				if policy.Decide(session, session.TokenID, now) != Rotate {
					return // the session is over
				}
				next := fmt.Sprint("token-", len(issued))
				session = policy.Rotate(session, next, Device{}, now)
				issued, retiredAt = append(issued, next), append(retiredAt, now)
			},
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
					}
					if got := policy.Decide(session, id, now); got != want {
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
