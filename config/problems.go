package config

import (
	"fmt"
	"strings"
)

// Problem is one thing the operator has to change. No field ever holds a
// secret's value.
type Problem struct {
	Variable string // or the file
	Wrong    string // what is wrong with it
	Good     string // what a good value looks like
}

// Problems is the error of [Load]: everything wrong with the configuration,
// one line each.
type Problems []Problem

func (p Problems) Error() string {
	var b strings.Builder
	b.WriteString("the configuration needs attention:")
	for _, one := range p {
		fmt.Fprintf(&b, "\n  %s: %s; use %s", one.Variable, one.Wrong, one.Good)
	}
	return b.String()
}
