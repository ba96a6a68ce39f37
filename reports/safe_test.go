package reports

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/loadx/loadx/profile/printable"
)

func TestFit(t *testing.T) {
	if got := fit("/short", 10); got != "/short" {
		t.Errorf("short text changed: %q", got)
	}
	if got := fit("/a/long/path/to/item.html", 12); utf8.RuneCountInString(got) != 12 || !strings.HasPrefix(got, "/a/long") || !strings.HasSuffix(got, "html") {
		t.Errorf("cut to %q", got)
	}
	if got := fit(strings.Repeat("\x1b", 1<<20), 20); utf8.RuneCountInString(got) != 20 || strings.Contains(got, "\x1b") {
		t.Errorf("a megabyte of escapes became %q", got)
	}
}

func FuzzSafe(f *testing.F) {
	for _, s := range []string{"", "a", "\x1b[0m", "\xc2\x9b", "\xe2\x80\xae", "日\xff"} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		width = max(0, width%200)
		for _, out := range []string{safe(s), fit(s, width)} {
			if !utf8.ValidString(out) {
				t.Fatalf("not UTF-8: %q", out)
			}
			for _, r := range out {
				if printable.Unsafe(r) {
					t.Fatalf("%U left in %q", r, out)
				}
			}
		}
		if n := utf8.RuneCountInString(fit(s, width)); n > width {
			t.Fatalf("%d runes in %d columns", n, width)
		}
	})
}
