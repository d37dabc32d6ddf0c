//go:build !linux

package shipped

func insteadOfTests() {}
