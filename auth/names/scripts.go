package names

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const japanese = "Japanese" // Han, Hiragana and Katakana, which it writes together

// scriptOf returns the script of a letter. Letters that Unicode calls Common
// because several scripts use them count as those of the one that is listed here
// (source: ScriptExtensions.txt); the script of any other is "".
func scriptOf(r rune) string {
	switch {
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana), strings.ContainsRune("ー〆〱〲〳〴〵〼", r):
		return japanese
	case r == 'ꧏ':
		return "Javanese"
	}
	for name, table := range unicode.Scripts {
		if name != "Common" && name != "Inherited" && unicode.Is(table, r) {
			return name
		}
	}
	return ""
}

// strayLetter returns the first letter that does not go with those before it, and
// why: it is of another script, of none, or a Japanese one that looks like
// another where it stands. 0 is none. Of Japanese, ー (U+30FC) only makes a sound
// of kana long, and 一 (U+4E00) behind katakana looks like it.
func strayLetter(s string) (letter rune, why string) {
	script, before := "", rune(0)
	for _, r := range s {
		of := scriptOf(r)
		if !unicode.IsLetter(r) && (of == "" || !unicode.IsDigit(r)) { // the digits of a script go with its letters: U+09E6 looks like an o
			before = r
			continue
		}
		switch {
		case of == "":
			return r, ""
		case script != "" && of != script:
			return r, " beside a letter of another script"
		case r == 'ー' && !unicode.In(before, unicode.Hiragana, unicode.Katakana) && before != 'ー',
			r == '一' && (before == 'ー' || unicode.Is(unicode.Katakana, before)):
			return r, " behind another kind of letter"
		}
		script, before = of, r
	}
	return 0, ""
}

// strayMark returns a combining mark on a letter of a script that needs none, or
// 0: NFC has composed the real ones, and what is left only makes two names look
// alike, as in i̇stanbul (from İstanbul) and istanbul.
func strayMark(s string) rune {
	composed := strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic) })
	if i := strings.IndexFunc(s, unicode.IsMark); composed && i >= 0 {
		return []rune(s[i:])[0]
	}
	return 0
}

// maxMarks is how many combining marks may follow one another. No language
// needs more, and a heap of them hides what stands beside it.
// Source: UTS #39 §5.4.
const maxMarks = 4

// oneMarkTooMany returns the first mark behind maxMarks others, or 0.
func oneMarkTooMany(s string) rune {
	marks := 0
	for _, r := range norm.NFC.String(s) {
		if !unicode.Is(unicode.Mn, r) {
			marks = 0
		} else if marks++; marks > maxMarks {
			return r
		}
	}
	return 0
}

// The two invisible characters that say whether letters join.
const (
	nonJoiner = '\u200c' // ZWNJ
	joiner    = '\u200d' // ZWJ
)

func isJoiner(r rune) bool { return r == nonJoiner || r == joiner }

// joining are the living scripts whose words are written with joiners.
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Nko, unicode.Adlam, unicode.Hanifi_Rohingya,
	unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu,
	unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Javanese, unicode.Balinese,
}

// strayJoiner returns the first joiner that does not stand between two letters of
// scripts that join, marks aside, or 0. Behind a virama a ZWJ needs no letter
// after it (RFC 5892 A.2): so Malayalam ends words. Anywhere else a joiner is
// invisible and changes nothing.
func strayJoiner(s string) rune {
	runes := []rune(s)
	for i, r := range runes {
		if isJoiner(r) && !joins(runes[:i], r, runes[i+1:]) {
			return r
		}
	}
	return 0
}

func joins(before []rune, r rune, after []rune) bool {
	letter := len(before) - 1
	for letter >= 0 && unicode.IsMark(before[letter]) {
		letter--
	}
	if letter < 0 || !unicode.In(before[letter], joining...) {
		return false
	}
	if r == joiner && isVirama(before[len(before)-1]) {
		return true
	}
	return len(after) > 0 && unicode.IsLetter(after[0]) && unicode.In(after[0], joining...)
}

// isVirama reports whether the mark takes a consonant's vowel away: its
// combining class is 9.
func isVirama(r rune) bool { return norm.NFC.PropertiesString(string(r)).CCC() == 9 }

// withoutJoiners removes the joiners that may be there.
func withoutJoiners(s string) string {
	if strayJoiner(s) != 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isJoiner(r) {
			return -1
		}
		return r
	}, s)
}

// isVisible is false for marks, spaces and the letters and symbols of which nothing
// is drawn, such as the Hangul filler and the empty Braille pattern.
func isVisible(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && r != '\u2800'
}

// shown names a character so that everybody can find it: by its number, and by
// itself where it is visible and stands alone.
func shown(r rune) string {
	if unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) {
		return fmt.Sprintf("%c (U+%04X)", r, r)
	}
	return fmt.Sprintf("U+%04X", r)
}
