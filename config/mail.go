package config

// Mail says what needs mail.
type Mail struct {
	RequireVerified bool
	Notices         bool
}

// Possible reports whether users can get mail.
func (m Mail) Possible(production bool) bool { return !production }
