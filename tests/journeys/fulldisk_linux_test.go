package journeys

import (
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"sallyport/tests/harness"
)

// limitFiles lets the process write no byte to any file: every write fails
// with EFBIG, the same to SQLite as a full disk, and needs no root.
func limitFiles(t *testing.T, p *harness.Process) (lift func()) {
	t.Helper()
	var before unix.Rlimit
	if err := unix.Prlimit(p.Cmd.Process.Pid, unix.RLIMIT_FSIZE, nil, &before); err != nil {
		t.Fatal(err)
	}
	set := func(limit unix.Rlimit) {
		t.Helper()
		if err := unix.Prlimit(p.Cmd.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
			t.Fatal(err)
		}
	}
	set(unix.Rlimit{Cur: 0, Max: before.Max})
	return func() { t.Helper(); set(before) }
}

func TestFullDisk_AnswersUnavailableAndRecovers(t *testing.T) {
	t.Parallel()
	p := harness.Built(t).Serve(t, t.TempDir())
	staying, leaving, changing := p.SignUp("ada"), p.SignUp("grace"), p.SignUp("edsger")
	freeSpace := limitFiles(t, p)
	writes := []func() harness.Answer{
		func() harness.Answer { return p.ByCookie(harness.RefreshPath, staying) },
		func() harness.Answer { return p.ByCookie(harness.LogoutPath, leaving) },
		func() harness.Answer {
			return p.Send("DELETE", harness.SessionsPath+"?all=true", leaving.Access, "")
		},
		func() harness.Answer {
			return p.ChangePassword(changing.Access, harness.Password, harness.NextPassword)
		},
		func() harness.Answer { return p.Login("ada", harness.Password) },
		func() harness.Answer { return p.Login("ada", harness.WrongPassword) }, // no guess goes uncounted
		func() harness.Answer { return p.Login("nobody", harness.Password) },
		func() harness.Answer {
			return p.Send("POST", harness.RegisterPath, "", harness.InBody(harness.Registration("barbara")))
		},
	}
	for range 3 { // a failed write must not spoil the connection for the next
		var wg sync.WaitGroup
		for _, write := range writes {
			wantUnavailable(t, write())
			wg.Go(func() { wantUnavailable(t, write()) }) // and some that may share a commit
		}
		wg.Wait()
		for _, session := range []harness.Tokens{staying, leaving, changing} {
			p.CurrentUser(session.Access).Want(t, 200, "")
		}
	}
	p.Send("GET", "/readyz", "", "").Want(t, 200, "") // it still answers reads, and another instance would be no better off
	freeSpace()
	wantRecovered(t, p, staying, leaving)
	p.SignUp("barbara") // nothing of the refused registration stayed
	p.Login("edsger", harness.NextPassword).Want(t, 401, "invalid_credentials")
	p.Login("edsger", harness.Password).Want(t, 200, "")
	p.Refresh(changing.Refresh).Want(t, 200, "")
	wantCauseInLogOnly(t, p, "disk I/O error", staying, leaving, changing)
}
