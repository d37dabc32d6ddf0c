//go:build !linux

package binary

func insteadOfTests() {}
