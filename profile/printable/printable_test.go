package printable_test

import (
	"fmt"
	"testing"
	"unicode/utf8"

	"github.com/loadx/loadx/profile/printable"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"/plain/path?x=1":        "/plain/path?x=1",
		"\x1b[31mred":            `\x1b[31mred`,
		"tab\tnewline\n":         `tab\x09newline\x0a`,
		"\x7f":                   `\x7f`,
		"c1 \u009b31m":           `c1 \xc2\x9b31m`,
		"raw c1 \x9b31m":         `raw c1 \x9b31m`,
		"\u202egnp.exe":          `\xe2\x80\xaegnp.exe`,
		"bad utf8 \xff\xfe end":  `bad utf8 \xff\xfe end`,
		"grüße 日本":               "grüße 日本",
		"\u2066hidden\u2069":     `\xe2\x81\xa6hidden\xe2\x81\xa9`,
		"tag \U000e0041":         `tag \xf3\xa0\x81\x81`,
		"\ufffd stays visible":   "\ufffd stays visible",
		"a\u200bb\u00adc\u2060":  `a\xe2\x80\x8bb\xc2\xadc\xe2\x81\xa0`,
		"می\u200cخواهم 👩\u200d🚀": "می\u200cخواهم 👩\u200d🚀", // joiners are part of words and pictures
		"":                       "",
	} {
		if got := printable.Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a", "\x1b[0m", "\xc2\x9b", "\xe2\x80\xae", "日\xff", "\ufffd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := printable.Text(s)
		if !utf8.ValidString(out) {
			t.Fatalf("not UTF-8: %q", out)
		}
		for _, r := range out {
			if printable.Unsafe(r) {
				t.Fatalf("%U left in %q", r, out)
			}
		}
		if printable.Text(out) != out {
			t.Fatalf("%q is changed again", out)
		}
	})
}

func ExampleText() {
	fmt.Println(printable.Text("GET /\x1b[2J HTTP/1.1"))
	// Output: GET /\x1b[2J HTTP/1.1
}
