package deploy

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sallyport/tests/harness"
)

// container is a folder with what the image holds, and nothing else: no shell, no
// list of accounts, no folder for temporary files.
type container struct {
	root string
	user int // of the image
}

// unpacked is the image in a folder of its own. As root a test is in it as a
// container is: it sees nothing else, and runs as the image's user, who may write
// to the folder of data alone.
func unpacked(t *testing.T) container {
	t.Helper()
	user, _ := strconv.Atoi(imageUser(t))
	c := container{root: t.TempDir(), user: user}
	program, err := os.ReadFile(string(static(t)))
	if err != nil {
		t.Fatal(err)
	}
	for folder := c.root; folder != "/" && folder != os.TempDir(); folder = filepath.Dir(folder) {
		if err := os.Chmod(folder, 0o755); err != nil { // the user of the image goes through
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(c.root, "sallyport"), program, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(c.root, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := os.Chown(filepath.Join(c.root, "data"), user, user); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// static builds the program as the Dockerfile does.
func static(t *testing.T) harness.Binary {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sallyport")
	if err := harness.Build(t.Context(), path, "-ldflags=-s -w"); err != nil {
		t.Fatal(err)
	}
	return harness.Binary(path)
}

// command is the program in the container, with the image's environment and these
// variables.
func (c container) command(t *testing.T, args []string, variables ...string) *exec.Cmd {
	t.Helper()
	environment := regexp.MustCompile(`(?m)^ENV (.*)$`).FindStringSubmatch(harness.ReadPage(t, "Dockerfile"))
	command := &exec.Cmd{Path: "/sallyport", Args: append([]string{"/sallyport"}, args...), Dir: "/"}
	command.Env = append(strings.Fields(environment[1]), variables...)
	if os.Getuid() == 0 {
		command.SysProcAttr = &syscall.SysProcAttr{Chroot: c.root, Credential: &syscall.Credential{Uid: uint32(c.user), Gid: uint32(c.user)}}
		return command
	}
	command.Path, command.Dir = filepath.Join(c.root, "sallyport"), c.root
	command.Env = append(command.Env, "DATA_DIR="+filepath.Join(c.root, "data"))
	return command
}

// healthcheck is the command that the image asks itself with.
func healthcheck(t *testing.T) (args []string) {
	t.Helper()
	found := regexp.MustCompile(`(?m)^HEALTHCHECK .* CMD (\[.*\])$`).FindStringSubmatch(harness.ReadPage(t, "Dockerfile"))
	if found == nil || json.Unmarshal([]byte(found[1]), &args) != nil || args[0] != "/sallyport" {
		t.Fatalf("HEALTHCHECK is %q", found)
	}
	return args[1:]
}

func TestImage_RunsWithNothingButTheProgramAndAFolderForData(t *testing.T) {
	c := unpacked(t)
	port := harness.FreePort(t)
	variables := []string{fmt.Sprintf("PORT=%d", port), "RATE_LIMITS=off", "LOG_FORMAT=json"}
	if said, err := c.command(t, healthcheck(t), variables...).CombinedOutput(); err == nil {
		t.Errorf("it is healthy before it runs: %s", said)
	}
	command := c.command(t, nil, variables...)
	var log harness.Log
	command.Stdout, command.Stderr = &log, &log
	p := harness.Run(t, command)
	p.URL = fmt.Sprintf("http://127.0.0.1:%d", port)
	harness.Await(t, func() error {
		if said, err := c.command(t, healthcheck(t), variables...).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s: %s", err, said, log.String())
		}
		return nil
	})
	tokens := p.SignUp("ada")
	p.Refresh(tokens.Refresh).Want(t, 200, "")
	for _, name := range []string{"sallyport.db", "secrets.env", "outbox"} {
		harness.Await(t, func() error { // mail is delivered beside the requests
			_, err := os.Stat(filepath.Join(c.root, "data", name))
			return err
		})
	}
	p.Stop(syscall.SIGTERM)
}

// A volume that Docker or Kubernetes made may belong to root.
func TestImage_SaysWhoseTheVolumeIsThatItMayNotWrite(t *testing.T) {
	if os.Getuid() != 0 {
		t.Log("every folder here belongs to the account of the test: the same is shown as root")
		return
	}
	c := unpacked(t)
	if err := os.Chown(filepath.Join(c.root, "data"), 0, 0); err != nil {
		t.Fatal(err)
	}
	said, err := c.command(t, nil, "PORT=0").CombinedOutput()
	for _, words := range []string{`DATA_DIR: "/data" cannot be written`, "uid 0", "uid 65532", "chown -R 65532 /data"} {
		if err == nil || !strings.Contains(string(said), words) {
			t.Errorf("%v, and it does not say %s: %s", err, words, said)
		}
	}
}
