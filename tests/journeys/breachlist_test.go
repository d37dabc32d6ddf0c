package journeys

import (
	"context"
	"crypto/sha1"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// leakedPassword passes every other check.
const leakedPassword = "nine lazy foxes jumped over gates"

func TestBreachList_ALeakedPasswordIsRefusedInEachFormThatSetsOne(t *testing.T) {
	t.Parallel()
	list := harness.NewBreachList(t, leakedPassword)
	server := harness.Start(t, "BREACH_LIST_URL="+list.URL)
	const message = "is in a public list of leaked passwords, which attackers try first; choose another one"
	taken := strings.Replace(harness.Registration("eve"), harness.Password, leakedPassword, 1)
	answer := server.Client(t).Post(harness.RegisterPath, taken).Want(t, 400, "validation_failed")
	if len(answer.Errors) != 1 || answer.Errors[0].Field != "password" || answer.Errors[0].Message != message {
		t.Errorf("sign-up: %s", answer.Raw)
	}
	ada := server.SignUp(t, "ada")
	answer = ada.ChangePassword(harness.Password, leakedPassword).Want(t, 400, "validation_failed")
	if len(answer.Errors) != 1 || answer.Errors[0].Field != "newPassword" || answer.Errors[0].Message != message {
		t.Errorf("change: %s", answer.Raw)
	}
	token := server.ResetToken(t, "ada")
	answer = server.PostAsNobody(t, harness.ResetPasswordPath, "token", token, "newPassword", leakedPassword).Want(t, 400, "validation_failed")
	if len(answer.Errors) != 1 || answer.Errors[0].Field != "newPassword" || answer.Errors[0].Message != message {
		t.Errorf("reset: %s", answer.Raw)
	}
	server.Reset(t, token).Want(t, 200, "") // the link was not used up
}

// A sign-in with a password that leaked later works, and a password that is
// refused anyway is nobody else's business.
func TestBreachList_IsAskedForNewAndGoodPasswordsOnly(t *testing.T) {
	t.Parallel()
	list := harness.NewBreachList(t)
	server := harness.Start(t, "BREACH_LIST_URL="+list.URL)
	ada := server.SignUp(t, "ada")
	if list.Asked() != 1 {
		t.Fatalf("asked %d times at sign-up", list.Asked())
	}
	server.SignIn(t, "ada")
	ada.ChangePassword(harness.Password, "password1").Want(t, 400, "validation_failed")
	ada.ChangePassword(harness.Password, "short").Want(t, 400, "validation_failed")
	if list.Asked() != 1 {
		t.Errorf("asked %d times after that", list.Asked())
	}
}

func TestBreachList_OneThatCannotSayFailsOpenAndIsLogged(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why    string
		answer http.HandlerFunc
	}{
		{"slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		{"broken", func(w http.ResponseWriter, r *http.Request) { http.Error(w, r.URL.Path, 500) }},
		{"another site", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "<title>%s", r.URL.Path) }},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			server := harness.Start(t, "BREACH_LIST_URL="+harness.ServeBreachList(t, tt.answer).URL)
			server.SignUp(t, "ada")
			log := server.Log.String()
			if strings.Count(log, `"event":"breach_list_failed"`) != 1 {
				t.Errorf("not logged: %s", log)
			}
			hash := fmt.Sprintf("%X", sha1.Sum([]byte(harness.Password)))
			if strings.Contains(log, harness.Password) || strings.Contains(log, hash[:5]) {
				t.Errorf("the log names the password or its hash: %s", log)
			}
		})
	}
}

// Hanging up would else be a way around the list.
func TestBreachList_AClientThatHangsUpGetsNoPasswordPastIt(t *testing.T) {
	t.Parallel()
	ctx, hangUp := context.WithCancel(t.Context())
	list := harness.ServeBreachList(t, func(_ http.ResponseWriter, r *http.Request) { hangUp(); <-r.Context().Done() })
	server := harness.Start(t, "BREACH_LIST_URL="+list.URL)
	request := httptest.NewRequestWithContext(ctx, http.MethodPost, harness.RegisterPath, strings.NewReader(harness.Registration("ada")))
	request.Header.Set("Content-Type", "application/json")
	server.Handler.ServeHTTP(httptest.NewRecorder(), request)
	if list.Asked() != 1 {
		t.Fatalf("asked %d times", list.Asked())
	}
	server.Client(t).Login("ada", harness.Password).Want(t, 401, "invalid_credentials")
	if log := server.Log.String(); strings.Contains(log, "breach_list_failed") || strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("the list is to blame: %s", log)
	}
}
