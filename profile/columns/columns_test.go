package columns

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func ExampleFit() {
	fmt.Println(Fit("/shop/article/1234567890/reviews", 20))
	fmt.Println(Fit("/店舗/商品/一覧", 10))
	// Output:
	// /shop/articl…reviews
	// /店舗/…覧
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		s     string
		width int
		want  string
	}{
		{"", 5, ""}, {"abc", 3, "abc"}, {"abcd", 3, "a…d"}, {"abc", 2, "…c"}, {"abc", 1, "a"}, {"abc", 0, ""}, {"abc", -1, ""},
		{"店舗", 4, "店舗"}, {"店舗", 3, "…舗"}, {"店舗", 2, "…"}, {"店舗", 1, ""},
		{"e\u0301e\u0301", 2, "e\u0301e\u0301"}, {"👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 4, "👩‍👩‍👧‍👦👩‍👩‍👧‍👦"}, {"👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 3, "…👩‍👩‍👧‍👦"},
	} {
		if got := Fit(c.s, c.width); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.s, c.width, got, c.want)
		}
	}
	if got := Pad("店", 5); got != "店   " {
		t.Errorf("%q", got)
	}
}

func FuzzFit(f *testing.F) {
	for _, s := range []string{"abc", "店舗商品", "e\u0301\u0302", "👩‍👩‍👧‍👦🇩🇪", strings.Repeat("\u0301", 9), "\xff\xfe"} {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		width %= 300
		got := Fit(s, width)
		if n := Of(got); n > max(width, 0) {
			t.Fatalf("%q in %d takes %d: %q", s, width, n, got)
		}
		if utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Fatalf("%q in %d is no text any more: %q", s, width, got)
		}
		if width > 0 && Of(s) <= width && got != s {
			t.Fatalf("%q in %d was cut: %q", s, width, got)
		}
	})
}
