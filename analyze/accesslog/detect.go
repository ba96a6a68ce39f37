package accesslog

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
)

// ErrNoFormat is what a DetectError wraps: the lines fit no known format.
var ErrNoFormat = errors.New("accesslog: no known access log format")

// MinScore is the share of lines, in [0, 1], that a format must parse to be
// detected.
const MinScore = 0.9

// maxDetect is how many lines Detect looks at.
const maxDetect = 200

// Detection is the outcome of Detect.
type Detection struct {
	Format        *Format // the winner
	Score         float64 // share of lines that it parses, in [MinScore, 1]
	RunnerUp      *Format // the next best, nil if no other parses a line
	RunnerUpScore float64 // in [0, 1]
	Lines         int     // lines looked at
}

// DetectError says why no format was detected: what comes closest and where
// it fails.
type DetectError struct {
	Closest *Format    // nil if there was no line to look at
	Score   float64    // share of lines that Closest parses, in [0, MinScore)
	Lines   int        // lines looked at
	Line    int        // index, among the lines given, of the first that Closest refuses
	Err     *LineError // why it does
}

// Error names the closest format and the first line that it refuses.
func (e *DetectError) Error() string {
	if e.Closest == nil {
		return ErrNoFormat.Error() + ": no line to look at"
	}
	fits := ""
	switch {
	case e.Lines == 1:
	case e.Score == 0:
		fits = fmt.Sprintf(", which fits none of %d lines", e.Lines)
	default:
		fits = fmt.Sprintf(", which fits %.1f %% of %d lines", e.Score*100, e.Lines)
	}
	return fmt.Sprintf("%v: closest is %s%s; line %d: %v", ErrNoFormat, e.Closest.Name(), fits, e.Line+1, e.Err)
}

// Unwrap returns ErrNoFormat.
func (e *DetectError) Unwrap() error { return ErrNoFormat }

// Detect scores every built-in format on the first 200 lines that are no
// comments or blank and returns the best, if it parses at least MinScore of
// them. A log may be cut anywhere: where two others parse, a first line that
// does not, and one at the end, are left out of the account. Of formats
// that parse as large a share, the one wins whose address field holds more IP
// addresses, then the one that fills more fields of the records, then the one
// that can fill more, then the one listed first. The error is a *DetectError,
// which wraps ErrNoFormat.
func Detect(lines [][]byte) (Detection, error) { return DetectBehind(nil, lines) }

// DetectBehind is Detect for lines from the middle of a log: d is what is in
// force before them.
func DetectBehind(d *Directives, lines [][]byte) (Detection, error) {
	var best, second score
	for _, f := range candidates(d, lines) {
		s := scoreFormat(f, d, lines)
		switch {
		case best.format == nil:
			best = s
		case s.better(&best):
			best, second = s, best
		case second.format == nil || s.better(&second):
			second = s
		}
	}
	if best.share() < MinScore || best.lines == 0 {
		e := &DetectError{Score: best.share(), Lines: best.lines, Line: best.firstBad, Err: best.err}
		if best.lines > 0 {
			e.Closest = best.format
		}
		return Detection{}, e
	}
	found := Detection{Format: best.format, Score: best.share(), Lines: best.lines}
	if second.parsed > 0 {
		found.RunnerUp, found.RunnerUpScore = second.format, second.share()
	}
	return found, nil
}

// candidates are the built-in formats, and the same inside of each envelope
// that half of the lines have.
func candidates(d *Directives, lines [][]byte) []*Format {
	out := detectable(compiled, d, lines)
	for i, e := range envelopes {
		var inside [][]byte
		var p Parser
		n := 0
		for _, line := range lines {
			if line = bytes.TrimSpace(line); len(line) == 0 || line[0] == '#' {
				continue
			}
			if n++; n > maxDetect {
				break
			}
			if inner, _, ok := e.open(&p, line); ok {
				inside = append(inside, bytes.Clone(inner))
			}
		}
		if len(inside) > 0 && 2*len(inside) >= n {
			out = append(out, detectable(enveloped[i], d, inside)...)
		}
	}
	return out
}

// detectable are those of the formats that the lines, without what is around
// them, may be of.
func detectable(formats []*Format, d *Directives, lines [][]byte) (out []*Format) {
	for _, f := range formats {
		if k := f.w3c(); !f.explicit && (k == nil || d.named() || k.within(lines)) {
			out = append(out, f)
		}
	}
	return out
}

// score is how one format fits.
type score struct {
	format    *Format
	lines     int
	parsed    int
	addresses int // parsed lines whose address is an IP address
	filled    int // fields of the record that the parsed lines fill
	reach     int // how far, in bytes, the refused lines were understood
	firstBad  int
	err       *LineError
	torn      bool // the line looked at last was refused
}

func (s *score) share() float64 {
	if s.lines == 0 {
		return 0
	}
	return float64(s.parsed) / float64(s.lines)
}

// better reports whether s fits better than t.
func (s *score) better(t *score) bool {
	// As shares, since what is torn may be left out of one account alone.
	order := func(s, t, ofS, ofT int) int { return cmp.Compare(s*ofT, t*ofS) }
	parsed, addresses := order(s.parsed, t.parsed, s.lines, t.lines), order(s.addresses, t.addresses, s.lines, t.lines)
	filled := order(s.filled, t.filled, s.parsed, t.parsed)
	switch {
	case parsed != 0:
		return parsed > 0
	case addresses != 0:
		return addresses > 0
	case s.parsed == 0:
		return s.reach > t.reach
	case filled != 0:
		return filled > 0
	case s.format.wrapped() != t.format.wrapped():
		return s.format.wrapped() // else its envelope would be part of a field
	}
	return s.format.known > t.format.known
}

func (f *Format) wrapped() bool {
	_, ok := f.codec.(*wrapped)
	return ok
}

// scoreFormat parses the lines with one format.
func scoreFormat(f *Format, d *Directives, lines [][]byte) score {
	s := score{format: f}
	p := f.NewParser()
	p.SetDirectives(d)
	var r Record
	tornFirst := false
	for i, line := range lines {
		if s.lines == maxDetect {
			break
		}
		if len(line) == 0 {
			continue
		}
		err := p.Parse(line, &r)
		if errors.Is(err, ErrComment) {
			continue
		}
		s.lines++
		understood := err == nil
		if understood {
			err = p.implausible(line, &r)
		}
		var bad *LineError
		if s.torn = errors.As(err, &bad); s.torn {
			tornFirst = tornFirst || s.lines == 1
			if understood {
				s.reach += len(line)
			} else {
				s.reach += bad.Offset
			}
			if s.err == nil {
				s.firstBad, s.err = i, bad.Clone()
			}
			continue
		}
		s.parsed++
		s.filled += r.filled()
		if isIP(r.Addr) {
			s.addresses++
		}
	}
	s.leaveOutTorn(tornFirst)
	return s
}

// leaveOutTorn takes the ends of a log that is cut off the account.
func (s *score) leaveOutTorn(first bool) {
	const enough = 2
	if s.parsed < enough {
		return
	}
	if first {
		s.lines--
	}
	if s.torn && s.lines < maxDetect {
		s.lines--
	}
}

// filled counts the fields of the record that say something.
func (r *Record) filled() int {
	n := 0
	for i := range recordFields {
		if *r.named(-1 - i) != nil {
			n++
		}
	}
	for _, has := range [...]bool{r.HasTime, r.HasServer, r.Status != 0, r.Bytes >= 0} {
		if has {
			n++
		}
	}
	return n
}

// implausible refuses a record that parsed by accident: a format with a field
// for X-Forwarded-For would else take any quoted field for one, one with a host
// the time before a line, and one whose values have names any program's code
// for a status.
func (p *Parser) implausible(line []byte, r *Record) error {
	for _, c := range r.ForwardedFor {
		if !isAlnum(c) && c != '.' && c != ':' && c != ',' && c != ' ' && c != '[' && c != ']' && c != '_' && c != '-' {
			return p.fail(max(0, bytes.Index(line, r.ForwardedFor)), "forwarded_for", "a list of addresses")
		}
	}
	if h := r.Host; len(h) > len("2006-01-02T") && h[10] == 'T' && isoDate(h, new(timeParts)) > 0 {
		return p.fail(max(0, bytes.Index(line, h)), "host", "a host's name")
	}
	if p.format.Dynamic() && r.Status > 0 && r.Status < 100 {
		return p.fail(wordIndex(line, strconv.AppendInt(nil, int64(r.Status), 10)), "status", "an HTTP status, 100 or more")
	}
	return nil
}

// wordIndex returns where a number stands in the line by itself, 0 if nowhere.
func wordIndex(line, number []byte) int {
	for from := 0; ; {
		i := bytes.Index(line[from:], number)
		if i < 0 {
			return 0
		}
		i += from
		from = i + len(number)
		if (i == 0 || !isAlnum(line[i-1])) && (from == len(line) || !isAlnum(line[from])) {
			return i
		}
	}
}

// isIP reports whether b is an IP address, with or without brackets and port.
func isIP(b []byte) bool {
	if len(b) < 2 || len(b) > 64 {
		return false
	}
	if _, err := netip.ParseAddr(string(b)); err == nil {
		return true
	}
	if _, err := netip.ParseAddrPort(string(b)); err == nil {
		return true
	}
	if b[0] == '[' && b[len(b)-1] == ']' {
		_, err := netip.ParseAddr(string(b[1 : len(b)-1]))
		return err == nil
	}
	return false
}
