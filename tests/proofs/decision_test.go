package proofs

import (
	"testing"
	"time"

	"sallyport/tests/harness"
)

// theft is what a thief and an owner do in turn, as docs/decisions/0015 has it.
// Between two steps a minute passes. The owner's last refresh has this code.
type theft struct {
	why    string
	steps  []func(owner, thief *harness.Client) harness.Answer
	code   string
	strict string // the code with REFRESH_GRACE=0
}

func ownerRefreshes(owner, _ *harness.Client) harness.Answer { return owner.Refresh() }
func ownerUses(owner, _ *harness.Client) harness.Answer      { return owner.CurrentUser() }
func thiefRefreshes(_, thief *harness.Client) harness.Answer { return thief.Refresh() }
func thiefUses(_, thief *harness.Client) harness.Answer      { return thief.CurrentUser() }

// aThiefOfTheAnswer takes the access token of an answer that the owner never sees.
func aThiefOfTheAnswer(owner, thief *harness.Client) harness.Answer {
	lost := owner.Copy()
	lost.Refresh()
	thief.Header.Set("Authorization", "Bearer "+lost.Cookie("accessToken"))
	return thief.CurrentUser()
}

var thefts = []theft{
	{"the thief refreshes and uses what came", steps(thiefRefreshes, thiefUses), "token_reused", "token_reused"},
	{"the thief refreshes twice", steps(thiefRefreshes, thiefRefreshes), "token_reused", "token_reused"},
	{"the thief refreshes and uses nothing", steps(thiefRefreshes), "", "token_reused"},
	{"the thief uses the access token that the owner has", steps(thiefUses, ownerRefreshes, ownerUses), "", ""},
	{"the thief uses the access token of an answer that was lost", steps(aThiefOfTheAnswer), "token_reused", "token_reused"},
	{"the thief is one step ahead and waits for the owner's use", steps(thiefRefreshes, ownerRefreshes, ownerUses, thiefUses, thiefRefreshes), "", "token_reused"},
	{"the thief is one step ahead and does not wait", steps(thiefRefreshes, ownerRefreshes, ownerUses, thiefUses, thiefRefreshes, thiefUses), "token_reused", "token_reused"},
}

func steps(all ...func(owner, thief *harness.Client) harness.Answer) []func(owner, thief *harness.Client) harness.Answer {
	return all
}

func TestThieves_AreNoticedWhenTheDecisionSays(t *testing.T) {
	for _, grace := range []string{"10s", "0"} {
		for _, tt := range thefts {
			t.Run(tt.why+", grace "+grace, func(t *testing.T) {
				t.Parallel()
				server := harness.Start(t, "REFRESH_GRACE="+grace)
				owner := server.SignUp(t, "ada")
				thief := owner.Copy()
				for _, step := range tt.steps {
					if step(owner, thief).Code == "token_reused" {
						break // strict: noticed by the first who comes second
					}
					server.Clock.Advance(time.Minute)
				}
				want := tt.code
				if grace == "0" {
					want = tt.strict
				}
				if code := owner.Refresh().Code; code != want && !(want == "token_reused" && code == "missing_token") {
					t.Errorf("the owner's next refresh: %q, want %q", code, want)
				}
				if want == "token_reused" && thief.CurrentUser().Code == "" {
					t.Error("the thief goes on")
				}
			})
		}
	}
}
