package filter

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/loadx/loadx/analyze/accesslog"
)

// everything is a format with every field that a filter knows.
const everything = `nginx:$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" ` +
	`"$http_user_agent" $host "$http_x_forwarded_for" "$sent_http_content_type" $request_time $upstream_addr ` +
	`"$cookie_uid" "$http_x_shop" "$sent_http_x_worker" $request_length`

const (
	shopLine = `192.0.2.7 - bob [31/Jan/2026:08:00:00 +0100] "POST /api/cart?id=7&x=- HTTP/1.1" 503 1500 "https://shop.example/" ` +
		`"Mozilla/5.0 (X11)" shop.example "198.51.100.9, 10.0.0.1" "text/html" 0.250 10.0.0.3:8080 "u7" "blue" "w2" 412`
	emptyLine = `- - - [31/Jan/2026:08:00:00 +0100] "-" - - "-" "-" - "-" "-" - - "-" "" "-" -`
	v6Line    = `[2001:db8::5]:4711 - - [31/Jan/2026:07:00:00 +0000] "GET http://h/a#f?q HTTP/2.0" 200 0 "" "curl/8" - "-" "-" 1.5 - "-" "-" "-" 1e3`
)

func format(t testing.TB, spec string) *accesslog.Format {
	t.Helper()
	f, err := accesslog.Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func record(t testing.TB, f *accesslog.Format, line string) *accesslog.Record {
	t.Helper()
	var r accesslog.Record
	if err := f.NewParser().Parse([]byte(line), &r); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return &r
}

func bound(t testing.TB, src string, f *accesslog.Format) *Bound {
	t.Helper()
	parsed, err := Parse(src)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	b, err := parsed.Bind(f)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return b
}

func TestMatch(t *testing.T) {
	f := format(t, everything)
	lines := map[string]string{"shop": shopLine, "empty": emptyLine, "v6": v6Line}
	for src, want := range map[string]string{ // the lines that a filter selects
		`status == 503`: "shop", `status != 503`: "v6", `status < 503`: "v6", `status <= 503`: "shop v6", `status > 200`: "shop",
		`status >= 200`: "shop v6", `status in (404, 200)`: "v6", `status in 503`: "shop", `status in (503,200,404)`: "shop v6",
		`bytes == 1500`: "shop", `bytes == 1.5kB`: "shop", `bytes < 1KiB`: "empty v6", `bytes >= 0`: "shop empty v6",
		`bytes > 4.35MB`: "", `bytes <= 1tib`: "shop empty v6", `bytes == 0B`: "empty v6",
		`duration == 250ms`: "shop", `duration > 1s`: "v6", `duration <= 1.5s`: "shop v6", `duration != 0`: "shop v6",
		`time == 2026-01-31T07:00:00Z`: "shop empty v6", `time < "2026-01-31T08:00:00.000000001+01:00"`: "shop empty v6",
		`time > 2026-01-31T08:00:00+01:00`: "",
		`addr == 192.0.2.7`:                "shop", `ip == 192.0.2.7`: "shop", `addr in 192.0.2.0/24`: "shop", `addr != 192.0.2.7`: "v6",
		`addr in (10.0.0.0/8, 2001:db8::/32)`: "v6", `addr == "2001:DB8:0::5"`: "v6", `addr == "[2001:db8::5]"`: "v6",
		`addr in ::ffff:192.0.2.0/120`: "shop", `addr == ::ffff:192.0.2.7`: "shop", `addr ~ "^192"`: "shop", `addr !~ "^192"`: "v6",
		`addr == "-"`: "empty", `addr != "-"`: "shop v6", `addr == unix:`: "", `addr in 0.0.0.0/0`: "shop",
		`user == bob`: "shop", `user == "-"`: "empty v6", `user != "-"`: "shop", `user != bob`: "", `user != eve`: "shop",
		`!(user == bob)`: "empty v6", `user ~ ""`: "shop", `user !~ ""`: "", `!(user ~ "")`: "empty v6", `user in ("-", "eve")`: "empty v6",
		`user in ('bob')`: "shop",
		`method == POST`:  "shop", `method in (GET, HEAD)`: "v6", `method == get`: "", `proto == HTTP/1.1`: "shop",
		`path == "/api/cart"`: "shop", `path ~ '^/api'`: "shop", `path == /a`: "v6", `path != /a`: "shop", `path == "-"`: "empty",
		`query == "id=7&x=-"`: "shop", `query ~ "(^|&)id=\d+(&|$)"`: "shop", `query == "-"`: "empty v6",
		`uri == "/api/cart?id=7&x=-"`: "shop", `uri ~ "#"`: "v6", `request == "-"`: "empty", `request ~ "^POST "`: "shop",
		`referer == "https://shop.example/"`: "shop", `referer == ""`: "v6", `referer != ""`: "shop", `referer == "-"`: "empty",
		`user_agent ~ "\(X11\)"`: "shop", `user_agent ~ "\\(X11\\)"`: "shop", `ua ~ "(?i)CURL"`: "v6", `ua !~ curl`: "shop",
		`host == shop.example`: "shop", `upstream == 10.0.0.3:8080`: "shop", `upstream ~ ":8080$"`: "shop", `upstream == -`: "empty v6",
		`forwarded_for ~ "10\.0\.0\.1$"`: "shop", `content_type == text/html`: "shop",
		`cookie:uid == u7`: "shop", `cookie:"uid" == u7`: "shop", `header:X-Shop == blue`: "shop", `header:x_shop in (red, blue)`: "shop",
		`header:x-shop == ""`: "empty", `header:x-shop == "-"`: "v6", `response:x-worker ~ "^w"`: "shop",
		`field:request_length == 412`: "shop", `field:request_length > 411.5`: "shop", `field:request_length >= +412`: "shop",
		`field:request_length < 412`: "", `field:request_length <= 0412.0`: "shop", `header:x-shop > -1`: "", // blue, "", - are no numbers
		`field:request_length >= 0`: "shop", // 1e3 is no decimal number

		`status == 503 && method == POST`: "shop", `status == 503 || status == 200`: "shop v6",
		`status == 200 || status == 503 && method == GET`: "v6", `(status == 200 || status == 503) && method == GET`: "v6",
		`status == 503 || status == 200 && method == POST`: "shop", `(status == 503 || status == 200) && method == POST`: "shop",
		`!status == 503`: "empty v6", `!!status == 503`: "shop", `!(status == 503) && bytes == 0`: "empty v6",
		`!status == 200 && !status == 503`: "empty", "status==503&&\t(bytes>1||bytes<0)\n": "shop",
		`(((status == 503)))`: "shop", `status == 503 && status == 503 && status == 200`: "", `status == 1 || status == 2 || status == 200`: "v6",
	} {
		b := bound(t, src, f)
		for name, line := range lines {
			if got, want := b.Match(record(t, f, line)), strings.Contains(" "+want+" ", " "+name+" "); got != want {
				t.Errorf("%s of %s: %v", src, name, got)
			}
		}
	}
}

func TestParseErrors(t *testing.T) {
	for src, want := range map[string]string{ // column and message
		"":                                `1: empty: write one such as status >= 500 && path ~ "^/api"`,
		"  ":                              `3: empty: write one such as status >= 500 && path ~ "^/api"`,
		"staus == 5":                      `1: unknown field "staus": did you mean status?`,
		"url ~ x":                         `1: unknown field "url": did you mean uri?`,
		"cooky:a == b":                    `1: unknown field "cooky": did you mean cookie:NAME?`,
		"cookies == b":                    `1: unknown field "cookies": did you mean cookie:NAME?`,
		"cookie == b":                     `7: cookie needs a name: cookie:NAME`,
		"cookie: == b":                    `8: the name is missing: cookie:NAME`,
		"status:x == 5":                   `7: status takes no name: cookie, header, response and field do`,
		"status = 500":                    `8: no operator: write ==`,
		"status => 500":                   `8: no operator: write >=`,
		"path =~ x":                       `6: no operator: write ~`,
		"path contains x":                 `6: no operator: write ~ and a regular expression`,
		"status not in (1)":               `8: no operator: write !(status in …)`,
		"status 500":                      `8: status lacks an operator: it takes == != < <= > >= in`,
		"status":                          `7: status lacks an operator: it takes == != < <= > >= in`,
		"path < x":                        `6: < does not go with path: path takes == != ~ !~ in`,
		"status ~ 5":                      `8: ~ does not go with status: status takes == != < <= > >= in`,
		"status ==":                       `10: the value is missing: write a number such as 404`,
		"status == 5xx":                   `11: "5xx" is no value of status: write status >= 500 && status <= 599`,
		"status == 1000":                  `11: "1000" is no value of status: write a number such as 404`,
		"status == -1":                    `11: "-1" is no value of status: write a number such as 404`,
		"bytes > 1.5":                     `9: "1.5" is no value of bytes: write a number of bytes, with a unit if you like: 512, 1.5MB, 64KiB`,
		"bytes > B":                       `9: "B" is no value of bytes: write a number of bytes, with a unit if you like: 512, 1.5MB, 64KiB`,
		"bytes > -1kB":                    `9: "-1kB" is no value of bytes: write a number of bytes, with a unit if you like: 512, 1.5MB, 64KiB`,
		"duration > 5":                    `12: "5" is no value of duration: write a time with its unit, such as 250ms or 1.5s`,
		"time > 2026-01-31":               `8: "2026-01-31" is no value of time: write an instant such as 2026-01-31T08:00:00Z`,
		"time > 3026-01-31T00:00:00Z":     `8: "3026-01-31T00:00:00Z" is no value of time: write an instant such as 2026-01-31T08:00:00Z`,
		"addr in 10.0.0.0/33":             `9: "10.0.0.0/33" is no address or network: write one such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32`,
		"addr == 10.0.0.256":              `9: "10.0.0.256" is no address or network: write one such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32`,
		"addr in 2001:db8:/32":            `9: "2001:db8:/32" is no address or network: write one such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32`,
		"addr == 1:::2":                   `9: "1:::2" is no address or network: write one such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32`,
		"addr in ::ffff:1.2.3.4/64":       `9: "::ffff:1.2.3.4/64" is no address or network: it is neither one of IPv4 nor one of IPv6`,
		`path ~ "("`:                      "8: no regular expression: missing closing ): `(`",
		"path ~ \"(\n\"":                  "8: no regular expression: missing closing ): `(\\x0a`",
		`header:a > x`:                    `12: "x" is no number: > is for numbers such as 12.5`,
		`path == "x`:                      `9: the closing quote is missing`,
		`path == ^x`:                      `9: a value is expected, not "^x": texts belong in quotes: "…"`,
		"status in (1,":                   `14: the value is missing: write a number such as 404`,
		"status in (1 2)":                 `14: unexpected "2" in a list: values are separated by commas and end with )`,
		"status in (1":                    `13: unexpected end in a list: values are separated by commas and end with )`,
		"(status == 1":                    `13: a closing parenthesis is missing: for the one in column 1`,
		"status == 1)":                    `12: a closing parenthesis without an opening one`,
		"status == 1 and path == x":       `13: no operator: write &&`,
		"(status == 1 or path == x)":      `14: no operator: write ||`,
		"status == 1 & path == x":         `13: no operator: write &&`,
		"status == 1 path == x":           `13: unexpected "path": comparisons are joined by && or ||`,
		"status == 1 &&":                  `15: a field is expected, not end: write a comparison such as status >= 500`,
		"&& status == 1":                  `1: a field is expected, not "&": write a comparison such as status >= 500`,
		"!":                               `2: a field is expected, not end: write a comparison such as status >= 500`,
		"cookie:\"\x1b[2J\" % 1":          `15: cookie:\x1b[2J lacks an operator: it takes == != < <= > >= ~ !~ in`,
		strings.Repeat("(", MaxDepth+2):   `102: parentheses and negations are nested deeper than 100`,
		strings.Repeat("!", 4000):         `102: parentheses and negations are nested deeper than 100`,
		strings.Repeat(" ", MaxLen) + "":  fmt.Sprintf(`%d: empty: write one such as status >= 500 && path ~ "^/api"`, MaxLen+1),
		strings.Repeat(" ", MaxLen) + "x": fmt.Sprintf(`%d: a filter is at most %d bytes long`, MaxLen+1, MaxLen),
	} {
		_, err := Parse(src)
		if err == nil {
			t.Errorf("%.60q is taken", src)
			continue
		}
		var at *SourceError
		if !errors.As(err, &at) {
			t.Fatalf("%.60q: %T", src, err)
		}
		if got := err.Error(); got != "filter: column "+want {
			t.Errorf("%.60q:\n got %s\nwant filter: column %s", src, got, want)
		}
	}
}

func TestCaret(t *testing.T) {
	_, err := Parse("status >= 500 && pth ~ x\x1b")
	var at *SourceError
	if !errors.As(err, &at) {
		t.Fatal(err)
	}
	snippet, caret := at.Caret(60)
	if snippet != `status >= 500 && pth ~ x\x1B` || caret != "                 ^" {
		t.Errorf("\n%s\n%s", snippet, caret)
	}
}

func TestBindErrors(t *testing.T) {
	custom := `nginx:$remote_addr $msec "$request" $upstream_response_time $cookie_uid $http_x_shop $request_id`
	for _, c := range []struct{ format, src, want string }{
		{"common", `status == 200 && ua ~ "curl"`, `filter: column 18: the log's format, common, has no ua: it has ` +
			`status, bytes, time, addr, user, method, path, query, uri, proto, request, field:ident`},
		{"combined", `duration > 1s`, `filter: column 1: the log's format, combined, has no duration: it has status, bytes, ` +
			`time, addr, user, method, path, query, uri, proto, referer, user_agent, request, field:ident`},
		{custom, `cookie:uid == 1 || cookie:Uid == 1`, `filter: column 20: the log's format, nginx, has no cookie:Uid: it has ` +
			`duration, time, addr, method, path, query, uri, proto, request, cookie:uid, header:x-shop, field:request_id`},
		{custom, `status == 200`, `filter: column 1: the log's format, nginx, has no status: it has ` +
			`duration, time, addr, method, path, query, uri, proto, request, cookie:uid, header:x-shop, field:request_id`},
	} {
		f, err := Parse(c.src)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = f.Bind(format(t, c.format)); err == nil || err.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", c.src, err, c.want)
		}
	}
}

// Formats whose lines name their fields have whatever a line has.
func TestNamedFields(t *testing.T) {
	f := format(t, "json")
	const line = `{"remote_addr":"192.0.2.7","status":503,"req":{"id":"r1","ms":12.5},"time":"2026-01-31T08:00:00Z","path":"/a?b=c"}`
	for src, want := range map[string]bool{
		`status == 503 && path == /a && query == "b=c"`: true, `field:req.id == r1`: true, `field:req.ms > 12`: true,
		`field:req.ms > 13`: false, `user == "-"`: true, `duration >= 0s`: false, `field:nothing == x`: false, `addr in 192.0.2.0/24`: true,
	} {
		b := bound(t, src, f)
		if got := b.Match(record(t, f, line)); got != want {
			t.Errorf("%s: %v", src, got)
		}
	}
}

func TestEveryBuiltinFormatCarriesStatusAndTime(t *testing.T) {
	f, err := Parse("status == 1 || time > 2000-01-01T00:00:00Z || path == x")
	if err != nil {
		t.Fatal(err)
	}
	for _, known := range accesslog.Formats() {
		if _, err := f.Bind(known); err != nil {
			t.Errorf("%s: %v", known.Name(), err)
		}
	}
}

// expression returns a random filter and what it says of a status and a user, by another way of deciding: values are
// looked up in truth tables that the generator fills as it writes.
func expression(rng *rand.Rand, depth int) (src string, holds func(status int, user string) bool) {
	switch kind := rng.IntN(5); {
	case depth == 0 || kind == 0:
		limit := rng.IntN(4)
		ops := []string{"==", "!=", "<", "<=", ">", ">="}
		op := rng.IntN(len(ops))
		return fmt.Sprintf("status %s %d", ops[op], limit+200), func(status int, _ string) bool {
			d := status - 200 - limit
			return status != 0 && []bool{d == 0, d != 0, d < 0, d <= 0, d > 0, d >= 0}[op]
		}
	case kind == 1:
		name := string(rune('a' + rng.IntN(3)))
		return "user != " + name, func(_ int, user string) bool { return user != "-" && user != name }
	case kind == 2:
		inner, f := expression(rng, depth-1)
		return "!(" + inner + ")", func(s int, u string) bool { return !f(s, u) }
	case kind == 3:
		left, f := expression(rng, depth-1)
		right, g := expression(rng, depth-1)
		return "(" + left + ")&&(" + right + ")", func(s int, u string) bool { return f(s, u) && g(s, u) }
	default:
		left, f := expression(rng, depth-1)
		right, g := expression(rng, depth-1)
		third, h := expression(rng, 0)
		return "(" + left + ") || (" + right + ") && " + third, func(s int, u string) bool { return f(s, u) || g(s, u) && h(s, u) }
	}
}

func TestRandomExpressions(t *testing.T) {
	f := format(t, "common")
	rng := rand.New(rand.NewPCG(1, 2))
	selected := 0
	for range 500 {
		src, holds := expression(rng, 4)
		if len(src) > MaxLen {
			continue
		}
		b := bound(t, src, f)
		for _, status := range []int{0, 200, 201, 202, 203} {
			for _, user := range []string{"-", "a", "b", "c"} {
				logged := fmt.Sprint(status)
				if status == 0 {
					logged = "-"
				}
				r := record(t, f, `192.0.2.1 - `+user+` [31/Jan/2026:08:00:00 +0100] "GET / HTTP/1.1" `+logged+` 5`)
				got := b.Match(r)
				if got != holds(status, user) {
					t.Fatalf("%s of status %d, user %s: %v", src, status, user, got)
				}
				if got {
					selected++
				}
			}
		}
	}
	if selected < 1000 || selected > 9000 {
		t.Errorf("%d of 10,000 are selected: the test says little", selected)
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	f := format(t, everything)
	filters := []string{`status == 1 || bytes == 1 || time < 2000-01-01T00:00:00Z || duration > 1h || addr in 10.0.0.0/8 || query == z ||` +
		` user in (a, b, c) || cookie:uid == z || header:x-shop > 4 || field:request_length > 5000`}
	if !raceDetector {
		filters = append(filters, `path ~ "^/x+$" || ua !~ "."`)
	}
	for _, src := range filters {
		b := bound(t, src, f)
		for _, line := range []string{shopLine, emptyLine, v6Line} {
			r := record(t, f, line)
			if n := testing.AllocsPerRun(100, func() {
				if b.Match(r) {
					t.Error("selected")
				}
			}); n != 0 {
				t.Errorf("%s: %v allocations", src, n)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, src := range []string{
		`status >= 500 && path ~ "^/api"`, `!(addr in (10.0.0.0/8, ::1)) || user == "-"`, `duration > 1.5s`, `bytes in (1KiB, 2)`,
		`time < 2026-01-31T08:00:00Z`, `cookie:"a b" != 'x\'y'`, `field:request_length < -1.5`, `((`, `a`, `path ~ "("`, "\x00", `status == 5xx`,
		`addr == "\x1b"`, `header:x == "` + "\xff" + `"`,
	} {
		f.Add(src)
	}
	rich := format(f, everything)
	records := []*accesslog.Record{record(f, rich, shopLine), record(f, rich, emptyLine), record(f, rich, v6Line)}
	f.Fuzz(func(t *testing.T, src string) {
		parsed, err := Parse(src)
		if err != nil {
			var at *SourceError
			if !errors.As(err, &at) || at.Offset < 0 || at.Offset > len(at.Src) {
				t.Fatalf("%#v", err)
			}
			if text := err.Error(); strings.ContainsAny(text, "\n\r\x1b\x00") {
				t.Errorf("%q", text)
			}
			at.Caret(60)
			return
		}
		again, err := Parse(parsed.String())
		if err != nil {
			t.Fatalf("%q and then %q: %v", src, parsed, err)
		}
		negated, negatedErr := Parse("!(" + parsed.String() + ")")
		b, err := parsed.Bind(rich)
		if err != nil {
			return
		}
		b2, err := again.Bind(rich)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if b.Match(r) != b2.Match(r) {
				t.Errorf("%q changes in String", src)
			}
			if negatedErr == nil {
				if n, err := negated.Bind(rich); err != nil || n.Match(r) == b.Match(r) {
					t.Errorf("!(%s) is not the opposite: %v", src, err)
				}
			}
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	f := format(b, "combined")
	r := record(b, f, `192.0.2.7 - - [31/Jan/2026:08:00:00 +0100] "GET /api/cart?id=7 HTTP/1.1" 503 1500 "https://shop.example/" "Mozilla/5.0"`)
	for name, src := range map[string]string{
		"numbers": "status >= 500 && bytes < 1MB", "text": "method == POST || path == /x", "network": "addr in 10.0.0.0/8",
		"regexp": `path ~ "^/api"`,
	} {
		bound := bound(b, src, f)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bound.Match(r)
			}
		})
	}
}
