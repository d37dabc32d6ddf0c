package password

import (
	_ "embed"
	"slices"
	"strings"
)

// commonList holds, in lower case and one a line, the passwords of a public list
// that zxcvbn alone would accept, in lower or in upper case. testdata/common.txt is
// the whole list, with its source and licence.
//
//go:embed common.txt
var commonList string

// common reports whether the password, in lower case, is in commonList.
func common(lower string) bool {
	return slices.Contains(strings.Split(commonList, "\n"), lower)
}
