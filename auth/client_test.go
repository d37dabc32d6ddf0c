package auth

import "testing"

// What a browser holds, once the sessions of other tokens have ended.
func TestWorthless_OnlyWhatCameAlongAndNamesNoOtherSession(t *testing.T) {
	f := newFixture(t)
	mine, others := f.mustLogin(), f.mustLogin()
	s := f.service()
	access := func(g Grant) Client { return Client{AccessTokens: []string{g.AccessToken}} }
	refresh := func(g Grant) Client { return Client{RefreshTokens: []string{g.RefreshToken}} }
	with := func(a, b Client) Client {
		return Client{AccessTokens: append(a.AccessTokens, b.AccessTokens...), RefreshTokens: append(a.RefreshTokens, b.RefreshTokens...)}
	}
	rubbish := Client{AccessTokens: []string{"x"}, RefreshTokens: []string{"y"}}
	for _, tt := range []struct {
		why                         string
		held, over                  Client
		accessCookie, refreshCookie bool
	}{
		{"nothing came along", Client{}, came(mine), false, false},
		{"both of the ended session", came(mine), came(mine), true, true},
		{"both of another session", came(others), came(mine), false, false},
		{"the access cookie alone: the refresh cookie was set with it", access(mine), access(mine), true, true},
		{"the access cookie of another session alone", access(others), access(mine), false, false},
		{"the refresh cookie alone: there is no access cookie", refresh(mine), refresh(mine), true, true},
		{"an access cookie of another session beside it", with(access(others), refresh(mine)), refresh(mine), false, true},
		{"a refresh cookie of another session beside it", with(access(mine), refresh(others)), access(mine), true, false},
		{"a twin of another session", with(came(mine), refresh(others)), came(mine), true, false},
		{"rubbish", rubbish, Client{}, true, true},
		{"rubbish in the access cookie alone: who knows of what session the other is", Client{AccessTokens: []string{"x"}}, Client{}, true, false},
		{"rubbish beside a live refresh cookie", with(Client{AccessTokens: []string{"x"}}, refresh(others)), Client{}, true, false},
	} {
		if access, refresh := s.Worthless(tt.held, tt.over); access != tt.accessCookie || refresh != tt.refreshCookie {
			t.Errorf("%s: access %v, refresh %v; want %v, %v", tt.why, access, refresh, tt.accessCookie, tt.refreshCookie)
		}
	}
}
