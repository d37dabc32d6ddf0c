package auth

import (
	"cmp"

	"sallyport/auth/session"
	"sallyport/internal/apperror"
)

// Meter counts what becomes of requests. It is called from many goroutines at once.
type Meter interface {
	SignIn(outcome string)  // one of SignInOutcomes
	Refresh(outcome string) // one of RefreshOutcomes
	// Lookup reports whether the user of an access token was in memory; else the
	// row was read.
	Lookup(remembered bool)
}

const (
	succeeded = "succeeded"
	failed    = "failed" // without a code: a limit, a client that has gone, or a fault of ours
)

// SignInOutcomes are those of an attempt to sign in: the code of the refusal, or
// that there was none.
var SignInOutcomes = []string{
	succeeded, failed, string(apperror.CodeInvalidCredentials), string(apperror.CodeEmailNotVerified), string(apperror.CodeValidation),
	string(apperror.CodeTooBusy), string(apperror.CodeUnavailable),
}

// RefreshOutcomes are those of a use of refresh tokens: what was answered, or the
// code of the refusal.
var RefreshOutcomes = []string{
	answers[session.Rotate], answers[session.AnswerAgain], answers[session.AnswerLate],
	failed, string(apperror.CodeTokenReused), string(apperror.CodeSessionEnded), string(apperror.CodeInvalidToken),
	string(apperror.CodeTokenExpired), string(apperror.CodeAmbiguousCookie), string(apperror.CodeUnavailable),
}

// answers are the outcomes of refreshes that were not refused.
var answers = map[session.Verdict]string{
	session.Rotate: "rotated", session.AnswerAgain: "answered_again", session.AnswerLate: "answered_late",
}

// outcome is that of something that ended with err; done is its name where it
// was not refused.
func outcome(done string, err error) string {
	if err == nil {
		return done
	}
	return cmp.Or(string(apperror.CodeOf(err)), failed)
}

// noMeter counts nothing.
type noMeter struct{}

func (noMeter) SignIn(string)  {}
func (noMeter) Refresh(string) {}
func (noMeter) Lookup(bool)    {}
