package mail

// form is what a kind of message consists of, beside its subject, its text and
// what to do for a reader who did not ask for it.
type form struct {
	link    bool
	details bool // when, on which device and from where; not where a new address is asked to confirm itself
}

var forms = map[Kind]form{
	VerifyEmail:          {link: true},
	ResetPassword:        {link: true, details: true},
	ChangeEmail:          {link: true},
	EmailChangeRequested: {details: true},
	EmailChanged:         {link: true, details: true},
	NewDevice:            {details: true},
	PasswordChanged:      {details: true},
	AccountDeleted:       {details: true},
	TokenTheft:           {details: true},
}

// commonWords are the keys of what several kinds share.
var commonWords = []string{
	"greeting", "greeting_without_name", "link_hint", "valid", "minutes", "hours", "days",
	"when", "device", "ip", "footer",
}

// words are the keys of one kind.
func (f form) words() []string {
	if f.link {
		return []string{"subject", "text", "button", "not_you"}
	}
	return []string{"subject", "text", "not_you"}
}
