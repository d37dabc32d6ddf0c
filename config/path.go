package config

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// path makes a path of a setting whole: a relative one starts at dir, and ~ is
// the home folder. Every setting that is a path is read through it. A folder
// that is called ~ is written as ./~.
func (r *reader) path(name, dir, value string) string {
	if rest, found := strings.CutPrefix(value, "~"); found {
		return r.inHome(name, rest)
	}
	if filepath.IsAbs(value) {
		return filepath.Clean(value)
	}
	return filepath.Join(dir, value)
}

// inHome returns the path that follows a ~.
func (r *reader) inHome(name, rest string) string {
	variable := map[bool]string{false: "HOME", true: "USERPROFILE"}[runtime.GOOS == "windows"]
	home := r.environment[variable]
	switch {
	case rest != "" && rest[0] != '/' && rest[0] != filepath.Separator:
		r.fail(name, fmt.Sprintf("%.80q names the home folder of an account, which is not looked up", "~"+rest), "the whole path, as /home/…")
	case !filepath.IsAbs(home):
		r.fail(name, "begins with ~, and "+variable+" is not set to a folder", "the whole path")
	}
	return filepath.Join(home, rest)
}
