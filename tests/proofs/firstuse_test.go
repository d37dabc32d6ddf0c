package proofs

import (
	"fmt"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// device is a session whose refresh token was rotated a minute ago and not used:
// as its owner holds it, and as it was before.
type device struct{ owner, before, other *harness.Client }

func rotated(t *testing.T, server *harness.Server) device {
	t.Helper()
	d := device{owner: server.SignUp(t, "ada"), other: server.SignIn(t, "ada")}
	d.before = d.owner.Copy()
	d.owner.Refresh().Want(t, 200, "")
	server.Clock.Advance(time.Minute)
	return d
}

func TestFirstUse_UntilThenTheFormerTokenIsAnsweredHoweverLate(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		d := rotated(t, server)
		for range 5 {
			server.Clock.Advance(24 * time.Hour)
			d.before.CurrentUser().Want(t, 401, "token_expired")
			retry := d.before.Copy()
			retry.Refresh().Want(t, 200, "")
			if retry.Cookie("refreshToken") != d.owner.Cookie("refreshToken") {
				t.Fatal("a retry got another successor")
			}
		}
		d.owner.Refresh().Want(t, 200, "")
	})
}

// A late answer must not make an access token that outlives the idle limit.
func TestFirstUse_ALateAnswerExtendsNoLimit(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		d := rotated(t, server)
		server.Clock.Advance(7*24*time.Hour - 2*time.Minute)
		answer := d.before.Refresh().Want(t, 200, "")
		if access, refresh := answer.Field(t, "accessTokenExpiresAt"), answer.Field(t, "refreshTokenExpiresAt"); access != refresh {
			t.Errorf("the access token lives until %s, its refresh token until %s", access, refresh)
		}
	})
}

func TestFirstUse_AfterItTheFormerTokenIsTheft(t *testing.T) {
	for name, use := range map[string]func(t *testing.T, server *harness.Server, d device){
		"of the access token": func(t *testing.T, _ *harness.Server, d device) { d.owner.CurrentUser().Want(t, 200, "") },
		"of the access token, in vain": func(t *testing.T, _ *harness.Server, d device) {
			d.owner.Delete(harness.SessionsPath+"/none").Want(t, 404, "not_found")
		},
		"of an access token got by a retry": func(t *testing.T, _ *harness.Server, d device) {
			c := d.before.Copy()
			c.Refresh()
			c.CurrentUser().Want(t, 200, "")
		},
		"of the access token, behind an older one": func(t *testing.T, server *harness.Server, d device) { presentBoth(t, server, d.before, d.owner) },
		"of the access token, before an older one": func(t *testing.T, server *harness.Server, d device) { presentBoth(t, server, d.owner, d.before) },
		"of the refresh token":                     func(t *testing.T, _ *harness.Server, d device) { d.owner.Refresh().Want(t, 200, "") },
		"of the refresh token, whoever holds":      func(t *testing.T, _ *harness.Server, d device) { d.owner.Copy().Refresh().Want(t, 200, "") },
	} {
		t.Run(name, func(t *testing.T) {
			harness.OnEachDeployment(t, func(t *testing.T, server *harness.Server) {
				d := rotated(t, server)
				use(t, server, d)
				server.Clock.Advance(10 * time.Second)
				d.before.Copy().Refresh().Want(t, 401, "token_reused")
				d.owner.WantEnded()
				d.before.WantEnded()
				d.other.WantAlive()
			})
		})
	}
}

// presentBoth presents the access tokens of both in one request.
func presentBoth(t *testing.T, server *harness.Server, first, second *harness.Client) {
	t.Helper()
	cookies := fmt.Sprintf("accessToken=%s; accessToken=%s", first.Cookie("accessToken"), second.Cookie("accessToken"))
	server.Client(t).Request("GET", harness.CurrentUserPath, "", "Cookie", cookies).Want(t, 200, "")
}

// Neither the access token of the former refresh token nor a sign-out or a
// sign-in that names the session is a use of the current one.
func TestFirstUse_OfTheFormerAccessTokenIsNone(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		d := rotated(t, server)
		d.before.CurrentUser().Want(t, 200, "")
		if !server.User(t, "ada").Sessions[0].Unconfirmed {
			t.Error("the use of an older token counts")
		}
		d.before.Copy().Refresh().Want(t, 200, "")
	})
}

// A session is confirmed by one write, whatever the number of requests.
func TestFirstUse_IsWrittenOnce(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		d := rotated(t, server)
		version := server.User(t, "ada").SessionsVersion
		for range 3 {
			d.owner.CurrentUser().Want(t, 200, "")
		}
		if after := server.User(t, "ada"); after.SessionsVersion != version+1 || len(after.Sessions[0].Retired) != 0 {
			t.Errorf("%d writes, %+v", after.SessionsVersion-version, after.Sessions[0])
		}
	})
}

// meanwhile is what happens while a first use is being noted: behind the read
// that finds out who it is, and behind the read of the row to write.
var meanwhile = []struct {
	why     string
	between func(t *testing.T, server *harness.Server, d device)
	check   func(t *testing.T, d device)
}{
	{"the former token is presented", func(t *testing.T, server *harness.Server, d device) {
		d.before.Copy().Refresh().Want(t, 200, "") // as if it came before the use
		server.Clock.Advance(10 * time.Second)     // the grace window that has begun again
	}, func(t *testing.T, d device) {
		d.before.Copy().Refresh().Want(t, 401, "token_reused")
		d.owner.WantEnded()
	}},
	{"it is rotated", func(t *testing.T, server *harness.Server, d device) {
		d.owner.Copy().Refresh().Want(t, 200, "")
		server.Clock.Advance(time.Minute)
	}, func(t *testing.T, d device) {
		d.owner.WantAlive() // answered again: nobody has used the next one
	}},
	{"it is rotated and the next one is used", func(t *testing.T, server *harness.Server, d device) {
		c := d.owner.Copy()
		c.Refresh().Want(t, 200, "")
		c.CurrentUser().Want(t, 200, "")
		server.Clock.Advance(time.Minute)
	}, func(t *testing.T, d device) {
		d.owner.Copy().Refresh().Want(t, 401, "token_reused")
		d.owner.WantEnded()
	}},
	{"it is signed out", func(t *testing.T, _ *harness.Server, d device) { d.owner.Copy().Logout().Want(t, 200, "") }, stillEnded},
	{"it is ended by another device", func(t *testing.T, _ *harness.Server, d device) {
		d.other.Delete(harness.SessionsPath).Want(t, 200, "")
	}, stillEnded},
	{"the password is changed", func(t *testing.T, _ *harness.Server, d device) {
		d.other.ChangePassword(harness.Password, harness.NextPassword).Want(t, 200, "")
	}, stillEnded},
	{"it is stolen", func(t *testing.T, _ *harness.Server, d device) {
		d.owner.Copy().Refresh().Want(t, 200, "") // and so used: the former token is a replay
		d.before.Copy().Refresh().Want(t, 401, "token_reused")
	}, stillEnded},
	{"the user is disabled", func(t *testing.T, server *harness.Server, _ device) { server.Disable(t, "ada") }, func(t *testing.T, d device) {
		d.owner.WantEnded()
		d.other.WantEnded()
	}},
	{"the user is deleted", func(t *testing.T, server *harness.Server, _ device) {
		if _, err := server.SQL(t).ExecContext(t.Context(), "DELETE FROM users"); err != nil {
			t.Error(err)
		}
	}, func(t *testing.T, d device) {
		d.owner.WantEnded()
		d.other.WantEnded()
	}},
}

func stillEnded(t *testing.T, d device) {
	t.Helper()
	d.owner.WantEnded()
	d.before.WantEnded()
	d.other.WantAlive()
}

func TestFirstUse_NotedInTheMiddleOfSomethingElseBringsNothingBack(t *testing.T) {
	for _, m := range meanwhile {
		for _, read := range []int{1, 2} {
			t.Run(fmt.Sprint(m.why, " behind read ", read), func(t *testing.T) {
				harness.OnEachDeployment(t, func(t *testing.T, server *harness.Server) {
					d := rotated(t, server)
					server.Statements(t).During(t, func() { d.owner.CurrentUser().Want(t, 200, "") }, read,
						func() { m.between(t, server, d) })
					m.check(t, d)
				}, "SESSION_CACHE_TTL=0")
			})
		}
	}
}

// The other way round: the row is read by a refresh when the use is noted.
func TestFirstUse_NotedWhileARefreshHasReadTheRow(t *testing.T) {
	t.Run("of the former token", func(t *testing.T) {
		harness.OnEachDeployment(t, func(t *testing.T, server *harness.Server) {
			d := rotated(t, server)
			retry := d.before.Copy()
			server.Statements(t).During(t, func() { retry.Refresh().Want(t, 401, "token_reused") }, 1, // its write loses, and it decides again
				func() { d.owner.CurrentUser().Want(t, 200, "") })
			d.owner.WantEnded()
		})
	})
	t.Run("of the current one", func(t *testing.T) {
		harness.OnEachDeployment(t, func(t *testing.T, server *harness.Server) {
			d := rotated(t, server)
			tab := d.owner.Copy()
			server.Statements(t).During(t, func() { tab.Refresh().Want(t, 200, "") }, 1,
				func() { d.owner.CurrentUser().Want(t, 200, "") })
			if s := server.User(t, "ada").Sessions[0]; !s.Unconfirmed {
				t.Error("the new token counts as used")
			}
			d.owner.Copy().Refresh().Want(t, 200, "")
			tab.WantAlive()
		})
	})
}
