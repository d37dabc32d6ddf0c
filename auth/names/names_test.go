package names

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const refusedName = "" // what a refused name is normalised to

func TestUsername_OneSpellingOrRefused(t *testing.T) {
	tests := []struct{ why, raw, want string }{
		{"plain", "ada", "ada"},
		{"case", "AdA", "ada"},
		{"spaces around", " \tada\r\n ", "ada"},
		{"ideographic space around", "\u3000ada\u3000", "ada"},
		{"spaces inside", "ada lovelace", refusedName},
		{"fullwidth", "ＡＤＡ", "ada"},
		{"NFC", "jos\u00e9", "jos\u00e9"},
		{"NFD is the same", "jose\u0301", "jos\u00e9"},
		{"capital NFD is the same", "JOSE\u0301", "jos\u00e9"},
		{"the Kelvin sign is a k", "\u212Aelvin", "kelvin"},
		{"zero-width space", "ad\u200ba", refusedName},
		{"zero-width joiner", "ad\u200da", refusedName},
		{"zero-width non-joiner", "ad\u200ca", refusedName},
		{"byte order mark", "\ufeffada", refusedName},
		{"soft hyphen", "ad\u00ada", refusedName},
		{"bidi override", "ada\u202eadmin", refusedName},
		{"bidi isolate", "\u2066ada\u2069", refusedName},
		{"ß stays itself", "straße", "straße"},
		{"capital ß", "STRA\u1e9eE", "straße"},
		{"Cyrillic а among Latin", "\u0430da", refusedName},
		{"Greek omicron among Latin", "b\u03bfb", refusedName},
		{"all Cyrillic", "\u0410\u0434\u0430", "\u0430\u0434\u0430"},
		{"Japanese mixes three scripts", "山田たろう", "山田たろう"},
		{"Japanese with Latin", "yamada山", refusedName},
		{"the long vowel of katakana", "サーバー", "サーバー"},
		{"the long vowel of hiragana", "らーめん", "らーめん"},
		{"half width", "ｻｰﾊﾞｰ", "サーバー"},
		{"two long vowels", "あーー", "あーー"},
		{"a long vowel of nothing", "ーーあ", refusedName},
		{"a long vowel of Han", "山ーあ", refusedName},
		{"a long vowel of Latin", "adaー", refusedName},
		{"the number one that looks like it", "サ一バ一", refusedName},
		{"the number one behind a long vowel", "サー一郎", refusedName},
		{"the number one elsewhere", "もう一度", "もう一度"},
		{"the number one after Han", "山田一郎", "山田一郎"},
		{"repeated", "佐々木", "佐々木"},
		{"repeated kana", "こゝろ", "こゝろ"},
		{"a closing mark", "〆木あ", "〆木あ"},
		{"letters of no script", "ˈˈˈ", refusedName},
		{"an okina", "kaʻahu", refusedName},
		{"vowels that are marks", "नमस्ते", "नमस्ते"},
		{"vowels of Arabic, which are Inherited", "مُحَمَّد", "مُحَمَّد"},
		{"a Javanese sign that is Common", "ꦱꧏꦱ", "ꦱꧏꦱ"},
		{"with a joiner or without is one", "علی\u200cرضا", "علیرضا"},
		{"a joiner where it does nothing", "امیر\u200cحسین", "امیرحسین"},
		{"a joiner behind a virama", "श्\u200dरी", "श्री"},
		{"a joiner at the end", "علی\u200c", refusedName},
		{"two joiners", "علی\u200c\u200cرضا", refusedName},
		{"digits and marks", "a.b_c-9", "a.b_c-9"},
		{"an email address", "ada@example.com", refusedName},
		{"fullwidth at sign", "ada＠example.com", refusedName},
		{"NUL", "ada\x00", refusedName},
		{"CRLF", "ada\r\nbcc", refusedName},
		{"SQL", "ada' OR '1'='1", refusedName},
		{"markup", "<b>ada</b>", refusedName},
		{"path", "../ada", refusedName},
		{"emoji", "ada🚀", refusedName},
		{"invalid UTF-8", "ada\xff", refusedName},
		{"empty", "", refusedName},
		{"only spaces", "   ", refusedName},
		{"2 characters", "ab", refusedName},
		{"3 characters", "abc", "abc"},
		{"3 characters, not bytes", "日本語", "日本語"},
		{"2 characters of 4 NFD runes", "e\u0301e\u0301", refusedName},
		{"30 characters", strings.Repeat("a", 30), strings.Repeat("a", 30)},
		{"31 characters", strings.Repeat("a", 31), refusedName},
		{"1 MB", strings.Repeat("a", 1<<20), refusedName},
	}
	for _, tt := range tests {
		if got, problem := Username(tt.raw); got != tt.want || (problem == "") != (got != "") {
			t.Errorf("%s: %.40q became %q (%s), want %q", tt.why, tt.raw, got, problem, tt.want)
		}
	}
}

// A name that changes when it is normalised again is two accounts.
func TestNormalize_IsIdempotent(t *testing.T) {
	normalizers := map[string]func(string) (string, string){
		"username":  Username,
		"email":     Email,
		"full name": FullName,
	}
	for name, normalize := range normalizers {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			raw := rapid.OneOf(
				rapid.String(),
				rapid.StringMatching(`[A-Za-z.\x{C0}-\x{24F}\x{300}-\x{36F}\x{391}-\x{3C9}\x{FF21}-\x{FF5A}İẞς]{3,12}`),
				rapid.StringMatching(`[サーバ一ー山々ｻｰあ〆\x{200c}\x{200d}عیرन\x{94d}ा]{3,12}`),
				rapid.StringMatching(`[A-Za-z.+]{1,8}@[A-Za-zÀ-žＡ-Ｚßẞς。．]{1,8}[.。．][A-Za-zé]{2,4}`),
			).Draw(t, "raw")
			once, problem := normalize(raw)
			if problem != "" {
				return
			}
			if twice, problem := normalize(once); twice != once {
				t.Fatalf("%q became %q, then %q (%s)", raw, once, twice, problem)
			}
		}))
	}
}

func TestNormalize_SaysWhichCharacterIsRefused(t *testing.T) {
	const rule = "may hold letters of one script, digits, '.', '_' and '-'"
	tests := []struct {
		normalize func(string) (string, string)
		raw, want string
	}{
		{Username, "ada lovelace", rule + ", not U+0020"},
		{Username, "ada🚀", rule + ", not 🚀 (U+1F680)"},
		{Username, "<b>", rule + ", not < (U+003C)"},
		{Username, "ada@example.com", rule + ", not @ (U+0040)"},
		{Username, "ad\u200ba", rule + ", not U+200B"},
		{Username, "ad\u200da", rule + ", not U+200D"},
		{Username, "ada\u202e", rule + ", not U+202E"},
		{Username, "\u0430da", rule + ", not d (U+0064) beside a letter of another script"},
		{Username, "yamada山", rule + ", not 山 (U+5C71) beside a letter of another script"},
		{Username, "サ一バ", rule + ", not 一 (U+4E00) behind another kind of letter"},
		{Username, "i\u0307stanbul", rule + ", not U+0307"},
		{Username, "ka\u02bbahu", rule + ", not ʻ (U+02BB)"},
		{FullName, "Ada\u202e", "must not hold the invisible character U+202E"},
		{FullName, "Ada\nLovelace", "must not hold the invisible character U+000A"},
		{FullName, "A\u200dda", "may hold U+200D only between two letters that it joins or parts"},
		{Email, "adä@example.com", "must not hold ä (U+00E4) before the @: letters other than a to z are not supported there"},
		{Email, "\u0430da@example.com", "must not hold а (U+0430) before the @: letters other than a to z are not supported there"},
		{Email, "ad\u200ba@example.com", "must not hold U+200B before the @"},
		{Email, "ada eve@example.com", "must not hold U+0020 before the @"},
		{Email, "Ada <ada@example.com>", "must not hold U+0020 before the @"},
		{Email, `"ada"@example.com`, `must not hold " (U+0022) before the @`},
		{Email, strings.Repeat("a", 65) + "@example.com", "must have at most 64 bytes before the @"},
		{Email, "ada@localhost", "has no name of a mail server, such as example.com, behind the @"},
		{Email, "ada@[192.0.2.1]", "has no name of a mail server, such as example.com, behind the @"},
		{Email, "example.com", "is not an email address"},
		{Email, "a..da@example.com", "is not an email address"},
	}
	for _, tt := range tests {
		if name, problem := tt.normalize(tt.raw); name != "" || problem != tt.want {
			t.Errorf("%+q became %q (%s), want %s", tt.raw, name, problem, tt.want)
		}
	}
}

func TestUsername_RefusesTheDottedI(t *testing.T) {
	upper, _ := Username("\u0130stanbul")
	lower, _ := Username("i\u0307stanbul")
	if upper != "" || lower != "" { // PRECIS lowers İ to i and a mark: next to istanbul nobody sees it
		t.Errorf("İstanbul is %q and its lower case %q", upper, lower)
	}
}

func TestEmail_OneSpellingOrRefused(t *testing.T) {
	label := strings.Repeat("d", 60)
	tests := []struct{ why, raw, want string }{
		{"plain", "ada@example.com", "ada@example.com"},
		{"case", "Ada@EXAMPLE.Com", "ada@example.com"},
		{"spaces around", "  ada@example.com\t", "ada@example.com"},
		{"a newline around", "ada@example.com\r\n", "ada@example.com"},
		{"plus address", "ada+tag@example.com", "ada+tag@example.com"},
		{"IDN domain", "ada@bücher.example", "ada@xn--bcher-kva.example"},
		{"IDN domain in NFD", "ada@bu\u0308cher.example", "ada@xn--bcher-kva.example"},
		{"IDN domain in ASCII", "ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example"},
		{"fullwidth domain", "ada@ｅｘａｍｐｌｅ.com", "ada@example.com"},
		{"ideographic full stop", "ada@example。com", "ada@example.com"},
		{"the Kelvin sign is a k", "\u212A@example.com", "k@example.com"},
		{"CRLF inside: header injection", "ada@example.com\r\nBcc: eve@example.com", refusedName},
		{"CRLF in the local part", "ada\r\n@example.com", refusedName},
		{"comma list", "ada@example.com,eve@example.com", refusedName},
		{"semicolon list", "ada@example.com;eve@example.com", refusedName},
		{"two at signs", "ada@eve@example.com", refusedName},
		{"fullwidth at sign", "ada＠example.com", refusedName},
		{"display name", "Ada <ada@example.com>", refusedName},
		{"angle brackets", "<ada@example.com>", refusedName},
		{"quoted local part", `"ada"@example.com`, refusedName},
		{"quoted with a space", `"ada eve"@example.com`, refusedName},
		{"comment", "ada(comment)@example.com", refusedName},
		{"space inside", "ada eve@example.com", refusedName},
		{"address literal", "ada@[192.0.2.1]", refusedName},
		{"no at sign", "example.com", refusedName},
		{"no local part", "@example.com", refusedName},
		{"no domain", "ada@", refusedName},
		{"no dot in the domain", "ada@localhost", refusedName},
		{"dot at the end", "ada@example.com.", refusedName},
		{"dot at the start", "ada@.example.com", refusedName},
		{"empty label", "ada@example..com", refusedName},
		{"local part with two dots", "a..da@example.com", refusedName},
		{"local part ends with a dot", "ada.@example.com", refusedName},
		{"underscore in the domain", "ada@exa_mple.com", refusedName},
		{"international local part", "adä@example.com", refusedName},
		{"Cyrillic а in the local part", "\u0430da@example.com", refusedName},
		{"zero-width space", "ad\u200ba@example.com", refusedName},
		{"zero-width space in the domain is nothing", "ada@exam\u200bple.com", "ada@example.com"},
		{"bidi override", "ada\u202e@example.com", refusedName},
		{"NUL", "ada\x00@example.com", refusedName},
		{"NUL in the domain", "ada@exam\x00ple.com", refusedName},
		{"invalid UTF-8", "ada@exam\xffple.com", refusedName},
		{"empty", "", refusedName},
		{"64 bytes before the @", strings.Repeat("a", 64) + "@example.com", strings.Repeat("a", 64) + "@example.com"},
		{"65 bytes before the @", strings.Repeat("a", 65) + "@example.com", refusedName},
		{"300 characters", "ada@" + strings.Repeat(label+".", 5) + "com", refusedName},
		{"a label of 64", "ada@" + strings.Repeat("d", 64) + ".com", refusedName},
	}
	for _, tt := range tests {
		if got, problem := Email(tt.raw); got != tt.want || (problem == "") != (got != "") {
			t.Errorf("%s: %.60q became %q (%s), want %q", tt.why, tt.raw, got, problem, tt.want)
		}
	}
}

func TestEmail_LengthIsBounded(t *testing.T) {
	domain := strings.Repeat("d", 60) + "." + strings.Repeat("d", 60) + "." + strings.Repeat("d", 60) + ".com" // 186
	for length, ok := range map[int]bool{250: true, 251: false} {                                              // 64 bytes of local part at most
		raw := strings.Repeat("a", length-len(domain)) + "@" + domain
		if _, problem := Email(raw); (problem == "") != ok {
			t.Errorf("%d bytes: %q", len(raw), problem)
		}
	}
	long := "a@" + strings.Repeat("d", 60) + "." + domain // 249 bytes; the next are 254 and 255
	for extra, ok := range map[int]bool{5: true, 6: false} {
		raw := strings.Repeat("b", extra) + long
		if _, problem := Email(raw); (problem == "") != ok {
			t.Errorf("%d bytes: %q", len(raw), problem)
		}
	}
}

func TestFullName_TakesNamesAndRefusesControls(t *testing.T) {
	tests := []struct{ why, raw, want string }{
		{"plain", "Ada Lovelace", "Ada Lovelace"},
		{"case is kept", "ADA", "ADA"},
		{"spaces around", "  Ada ", "Ada"},
		{"NFD becomes NFC", "Jose\u0301", "Jos\u00e9"},
		{"apostrophe and hyphen", "Anne-Marie O'Neil", "Anne-Marie O'Neil"},
		{"emoji", "Ada 🚀", "Ada 🚀"},
		{"one character", "李", "李"},
		{"markup is the page's business", "<b>Ada</b>", "<b>Ada</b>"},
		{"100 characters, not bytes", strings.Repeat("é", 100), strings.Repeat("é", 100)},
		{"100 characters in NFD", strings.Repeat("e\u0301", 100), strings.Repeat("é", 100)},
		{"101 characters", strings.Repeat("é", 101), refusedName},
		{"newline inside", "Ada\nLovelace", refusedName},
		{"NUL", "Ada\x00", refusedName},
		{"escape", "\x1b[31mAda", refusedName},
		{"line separator", "Ada\u2028Lovelace", refusedName},
		{"bidi override", "Ada\u202e", refusedName},
		{"nothing but a Hangul filler", "\u3164", refusedName},
		{"nothing but an accent", "\u0301", refusedName},
		{"a word with four marks on a letter", "a\u0316\u0317\u0318\u0319b", "a\u0316\u0317\u0318\u0319b"},
		{"a heap of marks", "a" + strings.Repeat("\u0316", 5), refusedName},
		{"zero-width space", "Ada\u200b", refusedName},
		{"Persian", "علی\u200cرضا می\u200cنوی", "علی\u200cرضا می\u200cنوی"},
		{"Persian, behind a letter that joins nothing", "امیر\u200cحسین", "امیر\u200cحسین"},
		{"Arabic vowels before the joiner", "نورُ\u200cالدین", "نورُ\u200cالدین"},
		{"Sinhala", "ශ\u0dca\u200dර\u0dd3", "ශ\u0dca\u200dර\u0dd3"},
		{"Malayalam, at the end of a word", "രാജന\u0d4d\u200d നായര\u0d4d\u200d", "രാജന\u0d4d\u200d നായര\u0d4d\u200d"},
		{"Japanese", "サーバー・太郎 佐々木", "サーバー・太郎 佐々木"},
		{"Chinese, of a foreign name", "乔治·布什", "乔治·布什"},
		{"a joiner between Latin letters", "A\u200dda", refusedName},
		{"a joiner at the start", "\u200cعلی", refusedName},
		{"a joiner at the end", "علی\u200c", refusedName},
		{"a joiner before a space", "علی\u200c رضا", refusedName},
		{"two joiners", "علی\u200c\u200cرضا", refusedName},
		{"a joiner between two scripts", "علی\u200cAda", refusedName},
		{"a joiner of pictures", "👩\u200d💻", refusedName},
		{"only spaces", " \u3000 ", refusedName},
		{"empty", "", refusedName},
	}
	for _, tt := range tests {
		if got, problem := FullName(tt.raw); got != tt.want || (problem == "") != (got != "") {
			t.Errorf("%s: %.40q became %q (%s), want %q", tt.why, tt.raw, got, problem, tt.want)
		}
	}
}
