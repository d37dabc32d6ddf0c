package proofs

// describe shows a call and its answer in one line, tokens by their last
// letters.
func describe(c call, a answer) string {
	line := string(c.op)
	if c.target != "" {
		line += " " + c.target[:4]
	}
	line += c.access.mention(" with access token ") + c.refresh.mention(" with refresh token ")
	if line += " → "; a.code != "" {
		return line + a.code
	}
	return line + "ok" + a.access.mention(", access token ") + a.refresh.mention(", refresh token ")
}

// mention is the token in short after the text, or nothing when there is none.
func (t token) mention(text string) string {
	if t.raw == "" {
		return ""
	}
	return text + t.GoString()
}

// GoString shows the session and the last letters of the signature; rapid asks
// for it.
func (t token) GoString() string {
	if t.raw == "" {
		return "none"
	}
	return t.session[:4] + "/…" + t.raw[len(t.raw)-4:]
}
