package main

import (
	"runtime/debug"
	"testing"
)

func gcPercent() int {
	percent := debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	return percent
}

func TestStormGC_CollectsSoonerOnlyWhileHashesWait(t *testing.T) {
	usual := debug.SetGCPercent(300)
	defer debug.SetGCPercent(usual)
	var gc stormGC
	for i, step := range []struct {
		do   func()
		want int
	}{{gc.begin, stormPercent}, {gc.begin, stormPercent}, {gc.end, stormPercent}, {gc.end, 300}, {gc.begin, stormPercent}, {gc.end, 300}} {
		if step.do(); gcPercent() != step.want {
			t.Errorf("GOGC is %d after step %d, want %d", gcPercent(), i, step.want)
		}
	}
}
