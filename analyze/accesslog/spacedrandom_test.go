package accesslog

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// What random formats are made of.
var (
	randomLiterals = []string{` "`, `" "`, `" `, `"`, `,`, `]`, `[`, ` [`, `] `, ` - `, `;`, `; `, `|`, `'`, `' '`, ` '`, "\t", `","`, `  `, ` x `,
		`/`, `:`, ` : `, `, `, `"a b" `, ` "a b" "`, `" "a b" "`, ` " " `, ` end`, ` "" `, "\" \t\"", `" trace_id="`}
	randomFields = map[string][]string{
		"nginx": {"$remote_addr", "$remote_user", "$time_local", "$time_iso8601", "$msec", "$request", "$request_method", "$uri", "$args", "$status",
			"$body_bytes_sent", "$http_user_agent", "$http_x_forwarded_for", "$host", "$request_time", "$upstream_addr", "$upstream_status",
			"$cookie_uid", "$http_x_a", "$pipe"},
		"loadx": {"$remote_addr", "$time_iso8601", "$time_clf_ms", "$request", "$status", "$http_referer", "$host", "$duration_ms", "$upstream",
			"$forwarded_client", "$queues", "$cookie_uid", "$elb", "$key", "${optional}$http_x_a", "${blanks}$status"},
		"apache": {"%h", "%l", "%u", "%t", "%r", "%m", "%U", "%q", "%>s", "%b", "%v", "%p", "%D", "%{X-A}i", "%{uid}C", "%f", "%{%e}t",
			"%{%d/%b/%Y %T}t", "%{%b %e %T %Y}t", "%{msec}t"},
		"goaccess": {"%h", "%^", "%d", "%t", "%x", "%r", "%m", "%U", "%s", "%b", "%R", "%u", "%v", "%T", "%C", "%~%K", "~h{, }"},
	}
	randomValues = []string{"-", "", "a", "a b", "a]b", "'", "a'b", "x,y", "a, b", "a : b", "1", "200", "1.2.3.4", "::1", "1.2.3.4:80",
		"GET /a b HTTP/1.1", "/x?y=z", "2006-01-02 15:04:05", "15", " 5", `"`, `a"b`, "\t", "a\tb", `\x22`, `\"`, " ", "  ", ";", "|", "\r", "\x00", "#"}
)

func oneOf(rng *rand.Rand, texts []string) string { return texts[rng.IntN(len(texts))] }

// randomFormat returns the definition of a format, of fields mostly with one
// space between them. Not every one can be parsed.
func randomFormat(rng *rand.Rand) string {
	lang := oneOf(rng, []string{"nginx", "loadx", "apache", "goaccess"})
	def := lang + ":"
	if rng.IntN(3) == 0 {
		def += oneOf(rng, randomLiterals)
	}
	for n := rng.IntN(7); n >= 0; n-- {
		def += oneOf(rng, randomFields[lang])
		switch {
		case n == 0 && rng.IntN(3) > 0:
		case rng.IntN(5) < 3:
			def += " "
		default:
			def += oneOf(rng, randomLiterals)
		}
	}
	return def
}

// randomLine returns a line of a format, or what is near to one.
func randomLine(rng *rand.Rand, pr *program) string {
	b := append([]byte(nil), pr.prefix...)
	for i := range pr.steps {
		st := &pr.steps[i]
		if st.tail && rng.IntN(4) == 0 {
			break
		}
		b = append(append(b, randomValue(rng, st)...), st.lit...)
	}
	if rng.IntN(8) == 0 {
		b = append(b, oneOf(rng, []string{" ", " x", ` "a b"`, "\tfoo bar", " a b c", "x", `"`})...)
	}
	const hostile = `""" ' ],-` + "\t"
	for range rng.IntN(4) * rng.IntN(2) {
		if i := rng.IntN(len(b) + 1); i == len(b) || rng.IntN(2) == 0 {
			b = append(b[:i], append([]byte{hostile[rng.IntN(len(hostile))]}, b[i:]...)...)
		} else {
			b[i] = hostile[rng.IntN(len(hostile))]
		}
	}
	return strings.ReplaceAll(string(b), "\n", "") + oneOf(rng, []string{"\n", "\n", "\n", "\r\n", "\n\n"})
}

// randomValue returns mostly what a server writes for a field.
func randomValue(rng *rand.Rand, st *step) string {
	r := &Record{Time: rng.Int64N(1_800_000_000) * 1e9, HasTime: true, Status: 200, Bytes: rng.Int64N(5000)}
	switch st.kind {
	case kindTimeLocal, kindTimeISO, kindEpoch, kindTimePart, kindStatus, kindBytes, kindDuration:
		if rng.IntN(8) > 0 {
			return string(appendField(nil, st, r))
		}
	}
	if rng.IntN(2) == 0 {
		return oneOf(rng, []string{"foo", "b", "-", "bar.baz", "1.2.3.4"})
	}
	return oneOf(rng, randomValues)
}

// Texts in random formats, some lines of which leave their quotes open.
func TestScannerOfRandomFormats(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	const formats = 4000
	spaced, taken := 0, 0
	var r Record
	for range formats {
		def := randomFormat(rng)
		f, err := Parse(def)
		if err != nil || spacedOf(f) == nil {
			continue
		}
		spaced++
		s := f.NewScanner()
		for range 8 {
			var text strings.Builder
			for range 1 + rng.IntN(10) {
				fmt.Fprint(&text, randomLine(rng, f.codec.(*program)))
			}
			checkScanner(t, s, []byte(text.String()))
			s.Reset([]byte(text.String()), nil)
			for _, more, _ := s.Scan(&r); more; _, more, _ = s.Scan(&r) {
				if r.later != nil {
					taken++
				}
			}
		}
	}
	t.Logf("%d formats with spaced steps, %d lines taken by them", spaced, taken)
	if spaced < formats/4 || taken < 5*spaced {
		t.Errorf("%d of %d formats have spaced steps, which take %d lines", spaced, formats, taken)
	}
}
