package main

import (
	"context"
	"fmt"
	"runtime/debug"
)

// versionCommand prints which source the program was built of.
type versionCommand struct {
	output
}

func (c *versionCommand) Run(_ context.Context, sh shell) error {
	build := buildInfo()
	return c.print(sh.stdout, map[string]string{"version": build.Main.Version, "go": build.GoVersion}, version()+"\n")
}

// version is that of the source, as the build has recorded it: a tag, or the
// commit with its time.
func version() string {
	build := buildInfo()
	return fmt.Sprintf("sallyport %s, %s", build.Main.Version, build.GoVersion)
}

func buildInfo() debug.BuildInfo {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return debug.BuildInfo{GoVersion: "unknown", Main: debug.Module{Version: "unknown"}}
	}
	return *build
}
