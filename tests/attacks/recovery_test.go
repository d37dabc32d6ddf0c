package attacks

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"sallyport/tests/harness"
)

// What a request to send mail says, and how long it takes, is the same for an
// address that somebody has and one that nobody has. The mail itself goes out
// beside the requests.
func TestAttack26_MailForKnownAndUnknownAddressesIsOneAnswerInOneTime(t *testing.T) {
	for _, path := range []string{harness.ForgotPasswordPath, harness.ResendPath} {
		t.Run(path, func(t *testing.T) {
			harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
				server.SignUp(t, "ada")
				server.SignUp(t, "eve")
				server.Disable(t, "eve")
				compareAnswers(t, server.Client(t), path, []string{harness.Email("ada"), "nobody@example.com", harness.Email("eve")})
			})
		})
	}
}

func compareAnswers(t *testing.T, client *harness.Client, path string, emails []string) {
	t.Helper()
	first := client.Post(path, harness.Object("email", emails[0])).Want(t, http.StatusOK, "")
	took := make([][]time.Duration, len(emails))
	for sent := 0; sent < samples; sent += len(emails) {
		for _, kind := range rand.Perm(len(emails)) {
			started := time.Now()
			answer := client.Post(path, harness.Object("email", emails[kind]))
			took[kind] = append(took[kind], time.Since(started))
			wantSameAnswer(t, emails[kind], first, answer.Want(t, http.StatusOK, ""))
		}
	}
	wantOneTime(t, emails, took)
}

func TestAttack26_LimitsOfMailDoNotTellWhoExists(t *testing.T) {
	server := harness.StartWithMail(t, "RATE_LIMITS=on", "LIMIT_MAIL_PER_ADDRESS=1000/minute")
	server.SignUp(t, "ada")
	ask := func(email string) (answers []string) {
		for range 3 {
			answer := server.PostAsNobody(t, harness.ForgotPasswordPath, "email", email)
			answers = append(answers, fmt.Sprint(answer.Status, answer.Code, answer.Header.Get("Retry-After"), answer.Message))
		}
		return answers
	}
	known, unknown := ask(harness.Email("ada")), ask("nobody@example.com")
	if !slices.Equal(known, unknown) {
		t.Errorf("known: %q\nunknown: %q", known, unknown)
	}
}

// The address is looked up in its one spelling, and mail goes to the spelling that
// is stored: no look-alike gets the link.
func TestAttack26_MailGoesToTheStoredAddressAlone(t *testing.T) {
	server := harness.StartWithMail(t)
	server.SignUp(t, "mike")
	before := len(server.Mails(t, harness.Email("mike")))
	for _, email := range []string{"MIKE@EXAMPLE.COM", " mike@example.com\t", "mike@ｅxample.com"} {
		server.PostAsNobody(t, harness.ForgotPasswordPath, "email", email).Want(t, http.StatusOK, "")
	}
	for _, email := range []string{"mıke@example.com", "mike@example.com,eve@example.com", "mike@example.com\r\nBcc: eve@example.com", "\"mike\"@example.com", "mike@example.com <eve@example.com>"} {
		answer := server.PostAsNobody(t, harness.ForgotPasswordPath, "email", email).Want(t, http.StatusBadRequest, "validation_failed")
		if !slices.Equal(answer.Fields(), []string{"email"}) {
			t.Errorf("%q: %v", email, answer.Fields())
		}
	}
	server.PostAsNobody(t, harness.ForgotPasswordPath, "email", "mike@exàmple.com").Want(t, http.StatusOK, "")
	server.Deliver(t)
	if after := server.MailServer.Mails(""); len(after) != before+1 || after[len(after)-1].To != harness.Email("mike") { // three requests, of which the newest waits
		t.Errorf("%d mails, the last to %s", len(after)-before, after[len(after)-1].To)
	}
}

// An attacker has registered the address of somebody else, and waits for its owner
// to come.
func TestAttack27_AnAddressRegisteredByAnotherBelongsToItsOwnerAfterAReset(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		attacker := server.Client(t)
		attacker.Header.Set("User-Agent", "attacker/1.0")
		attacker.Post(harness.RegisterPath, harness.Registration("ada")).Want(t, http.StatusCreated, "")
		attacker.SetAvatar(harness.AsPNG(t, harness.Quarters(8, 8))).Want(t, http.StatusOK, "")
		attacker.Request(http.MethodPatch, harness.UpdateAccountPath, harness.Object("fullName", "Send me money"), "Content-Type", "application/json").Want(t, http.StatusOK, "")
		attacker.ChangeEmail("attacker@example.com").Want(t, http.StatusOK, "")
		change := server.LastMail(t, "attacker@example.com").Token(t)
		attacker.ChangeEmail("again@example.com").Want(t, http.StatusOK, "") // waits in the outbox
		other := server.SignIn(t, "ada", "User-Agent", "attacker/2.0")

		server.Reset(t, server.ResetToken(t, "ada")).Want(t, http.StatusOK, "")

		attacker.WantEnded()
		other.WantEnded()
		server.Client(t).Login("ada", harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials")
		server.Verify(t, change).Want(t, http.StatusBadRequest, "link_invalid")
		if again := server.Mails(t, "again@example.com"); len(again) > 1 {
			t.Errorf("the attacker got %d links", len(again))
		} else if len(again) == 1 {
			server.Verify(t, again[0].Token(t)).Want(t, http.StatusBadRequest, "link_invalid")
		}
		ada := server.Client(t)
		ada.Login("ada", harness.NextPassword).Want(t, http.StatusOK, "")
		answer := ada.CurrentUser().Want(t, http.StatusOK, "")
		if answer.Field(t, "avatar") != "" || answer.Field(t, "fullName") == "Send me money" || !strings.Contains(answer.Raw, `"emailVerified":true`) {
			t.Errorf("the account has something of the attacker: %s", answer.Raw)
		}
		if raw := ada.Get(harness.ActivityPath).Raw; strings.Contains(raw, "attacker") {
			t.Errorf("so has the activity: %s", raw)
		}
	})
}

// The owner of a verified account who resets the password keeps what is theirs.
func TestAttack27_AVerifiedAccountKeepsItsProfile(t *testing.T) {
	server := harness.StartWithMail(t)
	ada := server.SignUp(t, "ada")
	server.Verify(t, server.LastMail(t, harness.Email("ada")).Token(t)).Want(t, http.StatusOK, "")
	ada.SetAvatar(harness.AsPNG(t, harness.Quarters(8, 8))).Want(t, http.StatusOK, "")
	server.Reset(t, server.ResetToken(t, "ada")).Want(t, http.StatusOK, "")
	ada.Login("ada", harness.NextPassword).Want(t, http.StatusOK, "")
	answer := ada.CurrentUser().Want(t, http.StatusOK, "")
	if answer.Field(t, "avatar") == "" || answer.Field(t, "fullName") != "Ada Lovelace" || len(ada.Activity()) < 4 {
		t.Errorf("%s", answer.Raw)
	}
}

func TestAttack30_LinksAreBuiltFromThePublicURLWhateverTheRequestSays(t *testing.T) {
	server := harness.StartWithMail(t, "PUBLIC_URL=https://auth.example.com")
	server.SignUp(t, "ada")
	for _, header := range [][]string{
		{"Host", "evil.example"}, {"X-Forwarded-Host", "evil.example"}, {"Forwarded", "host=evil.example"}, {"X-Original-Host", "evil.example"},
		{"X-Forwarded-Proto", "http", "X-Forwarded-Prefix", "/evil.example"},
	} {
		server.Ask(t, http.MethodPost, harness.ForgotPasswordPath, harness.Object("email", harness.Email("ada")),
			append(header, "Content-Type", "application/json")...).Want(t, http.StatusOK, "")
		mail := server.LastMail(t, harness.Email("ada"))
		if link := mail.Link(t); !strings.HasPrefix(link, "https://auth.example.com/reset-password#token=") || strings.Contains(mail.Raw, "evil.example") {
			t.Errorf("%v: %s", header, link)
		}
	}
}

// Fifty clients spend one link at once: one succeeds. The rest find it spent, most of
// them only when they write.
func TestAttack42_OneLinkSpentByManyAtOnce(t *testing.T) {
	eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
		server.SignUp(t, "ada")
		token := server.ResetToken(t, "ada")
		answers := make([]harness.Answer, n)
		clients := make([]*harness.Client, n)
		for i := range clients {
			clients[i] = server.Client(t)
		}
		harness.Together(harness.Times(n, func(i int) {
			answers[i] = clients[i].Post(harness.ResetPasswordPath, harness.Object("token", token, "newPassword", passwordOf(i)))
		})...)
		winner := -1
		for i, answer := range answers {
			switch {
			case answer.Status == http.StatusOK && winner < 0:
				winner = i
			case answer.Status == http.StatusOK:
				t.Errorf("%d and %d both succeeded", winner, i)
			default:
				answer.Want(t, http.StatusBadRequest, "link_invalid")
			}
		}
		if winner < 0 {
			t.Fatal("nobody succeeded")
		}
		server.Client(t).Login("ada", passwordOf(winner)).Want(t, http.StatusOK, "")
	})
}

func passwordOf(i int) string { return fmt.Sprintf("engine-no-%d-plan", 100+i) }

// A reset wins over whatever else happens to the account at the same moment:
// afterwards nothing works that was there before.
func TestAttack42_AResetAmongOtherChangesEndsEverything(t *testing.T) {
	var met atomic.Int32 // resets that a change of the account came before
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		for round := range 10 {
			name := fmt.Sprint("ada", round)
			ada := server.SignUp(t, name)
			token := server.ResetToken(t, name)
			before := server.User(t, name).SessionsVersion
			tabs, reset := ada.Copies(4), server.Client(t)
			calls := []func(){
				func() {
					reset.Post(harness.ResetPasswordPath, harness.Object("token", token, "newPassword", "engine-no-8-plan")).Want(t, http.StatusOK, "")
				},
				func() { tabs[0].Refresh() },
				func() { tabs[1].Refresh() },
				func() {
					tabs[2].Request(http.MethodPatch, harness.UpdateAccountPath, `{"locale":"de"}`, "Content-Type", "application/json")
				},
				func() { server.Client(t).Login(name, harness.Password) },
			}
			harness.Together(calls...)
			if after := server.User(t, name); after.SessionsVersion > before+1 {
				met.Add(1)
			} else if len(after.Sessions) > 0 {
				t.Errorf("%d sessions", len(after.Sessions))
			}
			for _, tab := range append(tabs, ada) {
				if answer := tab.CurrentUser(); answer.Status != http.StatusUnauthorized { // a refused refresh has cleared the cookies
					t.Errorf("a tab is still signed in: %s", answer.Raw)
				}
			}
			if n := len(server.User(t, name).Sessions); n > 0 {
				t.Errorf("%d sessions outlived the reset", n)
			}
			server.Client(t).Login(name, harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials")
		}
	})
	t.Cleanup(func() {
		if met.Load() == 0 && !t.Failed() {
			t.Error("no other change ever came first: the race did not happen")
		}
	})
}

// Spellings of one name are one name, also where they come at the same time.
func TestAttack36_SpellingsOfOneNameMakeOneAccount(t *testing.T) {
	spellings := []struct{ username, email string }{
		{"ada", "ada@example.com"}, {"ADA", "ADA@example.com"}, {"Ada", "ada@EXAMPLE.com"}, {" ada ", " Ada@Example.Com "}, {"ＡＤＡ", "ada@ｅxample.com"},
	}
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		clients, answers := make([]*harness.Client, len(spellings)), make([]harness.Answer, len(spellings))
		for i := range clients {
			clients[i] = server.Client(t)
		}
		harness.Together(harness.Times(len(spellings), func(i int) {
			answers[i] = clients[i].Post(harness.RegisterPath, harness.Object("fullName", "Ada Lovelace",
				"username", spellings[i].username, "email", spellings[i].email, "password", harness.Password))
		})...)
		made := 0
		for i, answer := range answers {
			if answer.Status == http.StatusCreated {
				made++
				continue
			}
			if answer.Want(t, http.StatusConflict, "email_taken"); len(answer.Errors) != 2 {
				t.Errorf("%v: %s", spellings[i], answer.Raw)
			}
		}
		if made != 1 {
			t.Errorf("%d accounts of one name were made", made)
		}
	})
}

// Two users confirm one address at the same time, and a third registers it: one of
// them has it.
func TestAttack36_ManyWantOneAddress(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		for round := range 5 {
			wanted := fmt.Sprintf("wanted%d@example.com", round)
			one, two := server.SignUp(t, fmt.Sprint("one", round)), server.SignUp(t, fmt.Sprint("two", round))
			var tokens []string
			for _, c := range []*harness.Client{one, two} {
				c.ChangeEmail(wanted).Want(t, http.StatusOK, "")
				tokens = append(tokens, server.LastMail(t, wanted).Token(t))
			}
			answers := make([]harness.Answer, 3)
			clients := []*harness.Client{server.Client(t), server.Client(t), server.Client(t)}
			registration := strings.Replace(harness.Registration(fmt.Sprint("three", round)), harness.Email(fmt.Sprint("three", round)), wanted, 1)
			harness.Together(
				func() { answers[0] = clients[0].Post(harness.VerifyEmailPath, harness.Object("token", tokens[0])) },
				func() { answers[1] = clients[1].Post(harness.VerifyEmailPath, harness.Object("token", tokens[1])) },
				func() { answers[2] = clients[2].Post(harness.RegisterPath, registration) },
			)
			won := 0
			for _, answer := range answers {
				if answer.Success {
					won++
				}
			}
			var rows int64
			err := server.Store.Read(t.Context(), func(db *gorm.DB) error { return db.Table("users").Where("email = ?", wanted).Count(&rows).Error })
			if won != 1 || rows != 1 || err != nil {
				t.Errorf("%d have the address, %d rows: %v; %s %s %s", won, rows, err, answers[0].Raw, answers[1].Raw, answers[2].Raw)
			}
		}
	})
}
