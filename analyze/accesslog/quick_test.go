package accesslog

import (
	"bytes"
	"strings"
	"testing"
)

// checkQuick holds that a text format's quick way takes a line as its program
// does, or leaves it to that.
func checkQuick(t *testing.T, f *Format, line []byte) (taken bool) {
	t.Helper()
	pr, ok := f.codec.(*program)
	if !ok {
		return false
	}
	line = trimLineEnd(line)
	for _, fast := range []fastPath{f.fast, pr.fast} {
		quick, slow := f.NewParser(), f.NewParser()
		var got, want Record
		// What the last line left in a record must not show.
		got.slots = [][]byte{[]byte("left"), []byte("over")}
		quick.plain = bytes.IndexByte(line, '\\') < 0
		taken = fast(quick, line, quotesOf(line, quick.quotes[:0]), &got)
		if !taken {
			continue
		}
		if err := pr.decode(slow, line, &want); err != nil {
			t.Fatalf("%v: %q is taken, and should fail: %v", f, line, err)
		}
		sameRecord(t, line, f.String(), &got, &want)
	}
	return taken
}

// near calls do with a line and with what it becomes by one change.
func near(line []byte, do func([]byte)) {
	do(line)
	for i := range line {
		do(line[:i])
		do(append(bytes.Clone(line[:i]), line[i+1:]...))
		for _, c := range []byte(`" -:,\0|/[`) {
			changed := bytes.Clone(line)
			changed[i] = c
			do(changed)
			do(append(append(bytes.Clone(line[:i]), c), line[i:]...))
		}
	}
	for _, tail := range []string{" ", " x", "x", `"`, ` "`, "\t-", " , y"} {
		do(append(bytes.Clone(line), tail...))
	}
}

func TestQuickIsTheProgram(t *testing.T) {
	for _, f := range fuzzFormats(t) {
		line, ok := samples[f.Name()]
		if !ok {
			continue
		}
		if _, text := f.codec.(*program); text && !checkQuick(t, f, []byte(line)) {
			t.Errorf("%s: the sample is not taken", f.Name())
		}
		near([]byte(line), func(line []byte) { checkQuick(t, f, line) })
	}
}

// FuzzQuickIsTheProgram is of the spaced steps too.
func FuzzQuickIsTheProgram(f *testing.F) {
	for _, line := range samples {
		f.Add([]byte(line))
	}
	for _, line := range seeds {
		f.Add([]byte(line))
	}
	formats := fuzzFormats(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		for _, format := range formats {
			checkQuick(t, format, line)
			checkSpaced(t, format, line)
		}
	})
}

func TestOneWord(t *testing.T) {
	for _, text := range []string{"", "a", "10.0.0.1:8080", "12345678", "abcdefgh.ijklmnop", "unix:/run/a.sock"} {
		for i := range len(text) + 1 {
			for c := range 256 {
				changed := []byte(text[:i] + string([]byte{byte(c)}) + text[i:])
				want := c > ' ' && c < 0x7f && c != ','
				if got := oneWord(changed); got != want {
					t.Fatalf("%q: %v, want %v", changed, got, want)
				}
			}
		}
	}
}

func TestSecondOfDay(t *testing.T) {
	check := func(b []byte) {
		t.Helper()
		var parts timeParts
		want := clockTime(b, &parts, true) != 0
		got, ok := secondOfDay(b)
		if ok != want || ok && got != parts.hour*3600+parts.minute*60+parts.sec {
			t.Fatalf("%q: %d, %v; want %+v, %v", b, got, ok, parts, want)
		}
	}
	for _, text := range []string{"00:00:00", "23:59:60", "19:09:59", "12:34:56"} {
		for i := range text {
			for c := range 256 {
				b := []byte(text)
				b[i] = byte(c)
				check(b)
			}
		}
	}
	for second := range 86400 {
		b := appendDigits(nil, second/3600, 2)
		b = append(appendDigits(append(b, ':'), second/60%60, 2), ':')
		check(appendDigits(b, second%60, 2))
	}
}

// TestISOClock holds the clock, which keeps the last day, against isoTime.
func TestISOClock(t *testing.T) {
	var c clock
	for _, text := range []string{"2024-02-29T00:00:00Z", "2023-02-29T00:00:00Z", "2024-02-29 23:59:60.123456789+05:30", "2024-03-01T01:02:03,5-0800",
		"1678-01-01T00:00:00", "2261-12-31T23:59:59.999Z", "1677-01-01T00:00:00Z", "2024-02-30T00:00:00Z"} {
		near([]byte(text), func(b []byte) {
			var got, want Record
			var parts timeParts
			n := isoTime(b, &parts)
			if n > 0 && parts.apply(&want) != "" {
				n, want = 0, Record{}
			}
			if m := c.iso(b, &got); m != n || got.Time != want.Time || got.HasTime != want.HasTime || got.Offset != want.Offset || got.HasOffset != want.HasOffset {
				t.Fatalf("%q: %d %+v, want %d %+v", b, m, got, n, want)
			}
		})
	}
}

// TestNoDay has the bytes that a clock which has seen no day compares equal to.
func TestNoDay(t *testing.T) {
	var c clock
	var r Record
	if n := c.iso([]byte(strings.Repeat("\x00", 10)+"T00:00:00Z"), &r); n != 0 {
		t.Errorf("an ISO time without a day is read as %d bytes", n)
	}
	if ns, offset, ok := c.local([]byte(strings.Repeat("\x00", 12) + "00:00:00" + strings.Repeat("\x00", 6))); ok {
		t.Errorf("a local time without a day is %d, %d", ns, offset)
	}
}
