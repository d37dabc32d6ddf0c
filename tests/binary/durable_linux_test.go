package binary

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"sallyport/tests/harness"
)

// unsynced names the program that this test binary becomes, on a disk that
// takes bytes and never makes them durable.
const unsynced = "SALLYPORT_TEST_UNSYNCED"

// failSyncs turns this process into another program for which every fsync
// fails with EIO. The filter counts for the thread that calls exec, and so for
// all of what follows.
func failSyncs(program string) error {
	runtime.LockOSThread()
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	equal := func(value uint32, skip uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: value, Jt: skip}
	}
	filter := []unix.SockFilter{
		load(0), // the number of the system call
		equal(unix.SYS_FSYNC, 2),
		equal(unix.SYS_FDATASYNC, 1),
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EIO)},
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	set := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&set)), 0, 0); err != nil {
		return err
	}
	return syscall.Exec(program, []string{program}, os.Environ())
}

func insteadOfTests() {
	if program := os.Getenv(unsynced); program != "" {
		fmt.Fprintln(os.Stderr, failSyncs(program))
		os.Exit(1)
	}
}

// What SIGKILL cannot show, for the kernel keeps what was written: an answered
// write was synced to the disk. A write that was not is no success.
func TestShipped_NoWriteIsAnsweredBeforeTheDiskHasIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, dir)
	session := p.SignUp("ada")
	p.Kill() // and so its log is there still: to begin one takes a sync in any case

	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p = harness.Binary(self).Serve(t, dir, unsynced+"="+string(harness.Built(t)))
	p.CurrentUser(session.Access).Want(t, 200, "")
	for what, answer := range map[string]harness.Answer{
		"a sign-up":  p.Send("POST", harness.RegisterPath, "", harness.Registration("grace")),
		"a sign-in":  p.Login("ada", harness.Password),
		"a refresh":  p.Refresh(session.Refresh),
		"a sign-out": p.ByCookie(harness.LogoutPath, session),
	} {
		if answer.Status != 503 || answer.Code != "unavailable" {
			t.Errorf("%s was answered %s", what, answer.Raw)
		}
	}
}
