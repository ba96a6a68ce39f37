package accesslog

import (
	"bytes"
	"strings"
	"testing"

	"github.com/loadx/loadx/analyze/accesslog/marks"
)

// spacedOf returns the spaced steps of a format, nil if it has none.
func spacedOf(f *Format) *spaced {
	if pr, ok := f.codec.(*program); ok {
		return pr.spaced
	}
	return nil
}

var testMarks marks.Marks // large, and used by one test at a time

// checkSpaced holds that the spaced steps take a line as the program does, or
// leave it to others.
func checkSpaced(t *testing.T, f *Format, line []byte) (taken bool) {
	t.Helper()
	sp := spacedOf(f)
	if sp == nil || len(line) >= marks.Window || bytes.IndexByte(line, '\n') >= 0 || bytes.HasSuffix(line, []byte("\r")) {
		return false
	}
	m := &testMarks
	m.FindGaps(append(bytes.Clone(line), '\n'))
	p, pr := f.NewParser(), f.codec.(*program)
	p.plain = bytes.IndexByte(line, '\\') < 0
	if gaps := m.Gaps(); len(gaps) > sp.gaps {
		p.gaps = gaps
	}
	// What the last line left in a record must not show.
	got := Record{slots: [][]byte{[]byte("left"), []byte("over")}, later: &later{slots: []cell{{gap: -1}}}}
	if !pr.fast(p, line, quoted{at: m.Quotes(), all: true}, &got) {
		return false
	}
	var want Record
	if err := pr.decode(f.NewParser(), line, &want); err != nil {
		t.Fatalf("%v: %q is taken, and should fail: %v", f, line, err)
	}
	sameRecord(t, line, f.String(), &got, &want)
	return got.later != nil
}

func TestSpacedIsTheProgram(t *testing.T) {
	spaced, taken := 0, 0
	for _, f := range fuzzFormats(t) {
		if spacedOf(f) == nil {
			continue
		}
		spaced++
		line, ok := samples[f.Name()]
		if !ok {
			continue
		}
		if checkSpaced(t, f, []byte(line)) {
			taken++
		} else if f.Name() != "haproxy" { // whose sample has captured headers, which hold spaces
			t.Errorf("%s: the sample is not taken", f.Name())
		}
		near([]byte(line), func(line []byte) { checkSpaced(t, f, line) })
		// Quotes and spaces that are right in number and wrong in their place.
		for i := range line {
			for j := range i {
				if (line[i] == '"' || line[i] == ' ') && line[j] != line[i] && (i-j < 4 || j%17 == 0) {
					changed := []byte(line)
					changed[i], changed[j] = changed[j], changed[i]
					checkSpaced(t, f, changed)
				}
			}
		}
	}
	if spaced < 15 || taken < 15 {
		t.Errorf("%d formats with spaced steps, %d samples taken", spaced, taken)
	}
}

// A line whose quotes are odd in number hides what is between the fields of
// those behind it.
func TestSpacedBehindOddQuotes(t *testing.T) {
	for _, f := range fuzzFormats(t) {
		line, ok := samples[f.Name()]
		if sp := spacedOf(f); sp == nil || !ok {
			continue
		}
		s := f.NewScanner()
		for _, odd := range []string{`"`, `a "b`, line + ` "`, `" " "`, strings.Replace(line, " ", ` "`, 1)} {
			for _, end := range []string{"\n", "\r\n"} {
				checkScanner(t, s, []byte(line+end+odd+end+line+end+line+end+odd+end+line+end))
			}
		}
	}
}

// What stands before a field and behind it may be one byte of a line.
func TestSpacedInOneByte(t *testing.T) {
	for _, def := range []string{`nginx:$remote_addr '$http_x' $status`, `nginx:$remote_addr '$http_user_agent' '$http_x' $status`, `nginx:$remote_addr '$http_x' '$status'`} {
		f := mustParse(t, def)
		words := []string{"'", "''", "'a'", "' '", `'"'`, `"'"`, "200", "'200'"}
		taken := false
		for _, a := range words {
			for _, b := range words {
				taken = checkSpaced(t, f, []byte("1.2.3.4 "+a+" "+b)) || taken
				taken = checkSpaced(t, f, []byte("1.2.3.4 "+a+" "+b+" 200")) || taken
			}
		}
		if !taken {
			t.Errorf("%s: no line is taken", def)
		}
	}
}

// In these formats the gaps of a line tell less than in others.
func TestSpacedOfOddFormats(t *testing.T) {
	const behindOpenQuote = `"` + "\n"
	for _, c := range []struct{ what, def, lines string }{
		{"the last literal also within the value", `nginx:$remote_addr [$http_x]`, "1.2.3.4 [a]b]\n1.2.3.4 [a]\n1.2.3.4 [a]] x\n"},
		{"the same of a field that is measured", `nginx:$remote_addr '$http_user_agent'`, "1.2.3.4 'a'b'\n1.2.3.4 'a'\n"},
		{"the same of a list", `nginx:$remote_addr [$upstream_addr]`, "1.2.3.4 [a]b]\n1.2.3.4 [a]\n"},
		{"a gap in the last literal", `nginx:$remote_addr $status end`, "1.2.3.4 200 endless\n1.2.3.4 200 end\n1.2.3.4 200 end x\n"},
		{"a gap behind the last field", `nginx:$remote_addr $http_x `, "1.2.3.4 a b\n1.2.3.4 a \n1.2.3.4 a  b\n"},
		{"quotes that stay open", `nginx:$remote_addr "$host`, "1.2.3.4 \"a b\n1.2.3.4 \"a\n"},
		{"an optional field that is empty", `loadx:$remote_addr |${optional}$http_x`, "1.2.3.4 |\n1.2.3.4 |a\n1.2.3.4 | a\n"},
		{"an optional field behind a space", `loadx:$remote_addr ${optional}$http_x`, "1.2.3.4 \n1.2.3.4 a\n1.2.3.4  a\n1.2.3.4\n"},
		{"a day of one digit or two", `apache:%h %{%Y-%m-%e}t,%{X}i %>s`,
			"1.2.3.4 2026-03- 5,a 200\n1.2.3.4 2026-03-15,a 200\n1.2.3.4 2026-03-15,a b 200\n1.2.3.4 2026-03- 5,a b 200\n"},
		{"no gap but the time's", `nginx:"$remote_addr;",[$time_local];$host`,
			behindOpenQuote + "\"a b;\",[01/Mar/2026:00:00:00 +0000];x y\n"},
		{"gaps in what lines begin with", `nginx:"a b" $host`, behindOpenQuote + "\"a b\" x y\n"},
		{"the same before a field that is not measured", `apache:" \t"%I %m`, behindOpenQuote + "\" \t\"x y\n"},
		{"a long literal", `nginx:$remote_addr "$http_x" request_id="$http_y" $status`,
			"1.2.3.4 \"a\" request_id=\"b\" 200\n1.2.3.4 \"a\" request_if=\"b\" 200\n1.2.3.4 \"a\" request_id='b\" 200\n"},
		{"the end of a value found by a quote alone", `nginx:$remote_addr "$http_x","$http_y" $status`, "1.2.3.4 \"a\",\"b c\" 200\n"},
	} {
		f := mustParse(t, c.def)
		for _, line := range strings.SplitAfter(c.lines, "\n") {
			t.Run(c.what, func(t *testing.T) { checkScanner(t, f.NewScanner(), []byte(line)) })
		}
		t.Run(c.what, func(t *testing.T) { checkScanner(t, f.NewScanner(), []byte(c.lines+c.lines)) })
	}
}

// Which formats have spaced steps, and that these take the lines of a server: a
// format that is left out, or a line that never is taken, would cost only time.
func TestWhatIsSpaced(t *testing.T) {
	for _, c := range []struct{ def, line string }{
		{`nginx:$remote_addr "$time_local" $http_x $status`, `1.2.3.4 "01/Mar/2026:00:00:00 +0000" a 200`},
		{`nginx:$remote_addr [$time_local] $http_x "$host"`, `1.2.3.4 [01/Mar/2026:00:00:00 +0000] a "b c"`},
		{`nginx:$remote_addr [$http_x]`, `1.2.3.4 [a]`},
		{`nginx:app: $remote_addr "$http_x" id="$http_y"`, `app: 1.2.3.4 "a b" id="c d"`},
		{`apache:%h %{%d/%b/%Y %T}t %>s "%{X}i"`, `1.2.3.4 01/Mar/2026 00:00:00 200 "a b"`},
		{`apache:%h %{%b %e %T %Y}t %>s "%{X}i"`, `1.2.3.4 Mar 15 00:00:00 2026 200 "a b"`},
	} {
		if f := mustParse(t, c.def); spacedOf(f) == nil || !checkSpaced(t, f, []byte(c.line)) {
			t.Errorf("%s: %q is not taken", c.def, c.line)
		}
	}
	for _, def := range []string{`nginx:$remote_addr|$status`, `nginx:"$remote_addr","$http_x" $status`, `nginx:$remote_addr $status `,
		`nginx:$remote_addr "$http_x`, `loadx:$remote_addr ${blanks}$status`, `loadx:$remote_addr |${optional}$http_x`} {
		if spacedOf(mustParse(t, def)) != nil {
			t.Errorf("%s has spaced steps", def)
		}
	}
	if f := mustParse(t, "combined"); f.NewScanner().spaced != nil {
		t.Error("gaps are marked for combined, whose fast path does not look at them")
	}
}

// Values that are looked up when they are asked for stay right when others are
// set.
func TestSetSlotOfSpaced(t *testing.T) {
	f := mustParse(t, "alb")
	line := samples["alb"]
	s := f.NewScanner()
	s.Reset([]byte(line+"\n"), nil)
	var r Record
	if _, _, err := s.Scan(&r); err != nil || r.later == nil {
		t.Fatalf("%v, and not spaced", err)
	}
	kind, _ := f.Slot("type")
	trace, _ := f.Slot("trace_id")
	wantTrace := string(r.Slot(trace))
	if wantTrace == "" || !strings.Contains(line, wantTrace) {
		t.Fatalf("trace_id is %q", wantTrace)
	}
	r.SetSlot(kind, []byte("h2"))
	if got := string(r.Slot(kind)); got != "h2" {
		t.Errorf("type is %q", got)
	}
	if got := string(r.Slot(trace)); got != wantTrace {
		t.Errorf("trace_id is %q, was %q", got, wantTrace)
	}
	got := string(f.Append(nil, &r))
	if want := strings.Replace(line, "https ", "h2 ", 1); !strings.HasPrefix(got, "h2 ") || !strings.Contains(got, wantTrace) {
		t.Errorf("the line is\n%s, want\n%s", got, want)
	}
}
