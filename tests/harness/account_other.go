//go:build !linux

package harness

import "syscall"

// unprivileged changes nothing: elsewhere tests do not run as root.
func unprivileged(string) (*syscall.SysProcAttr, error) { return nil, nil }
