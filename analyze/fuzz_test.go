package analyze_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/analyze"
	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/analyze/filter"
	"github.com/loadx/loadx/analyze/input"
	"github.com/loadx/loadx/profile"
)

// unwritten are lines of the formats that are only read.
var unwritten = map[string]string{
	"caddy":        strings.SplitAfter(jsonLines, "\n")[0],
	"traefik_json": `{"ClientHost":"192.0.2.1","DownstreamStatus":200,"DownstreamContentSize":5,"Duration":1000000,"RequestMethod":"GET","RequestPath":"/a?b","RequestProtocol":"HTTP/1.1","RequestHost":"a.example","ServiceAddr":"10.0.0.1:80","StartUTC":"2026-03-01T10:00:00.5Z","request_User-Agent":"curl/8"}`,
	"istio_json":   `{"start_time":"2026-03-01T10:00:00.5Z","method":"GET","path":"/a","protocol":"HTTP/1.1","response_code":200,"bytes_sent":5,"duration":3,"x_forwarded_for":"192.0.2.1","user_agent":"curl","authority":"a.example","upstream_host":"10.0.0.1:80","downstream_remote_address":"192.0.2.1:5000"}`,
	"cloudflare":   `{"ClientIP":"192.0.2.1","ClientRequestHost":"a.example","ClientRequestMethod":"GET","ClientRequestURI":"/a","EdgeResponseStatus":200,"EdgeResponseBytes":5,"EdgeStartTimestamp":"2026-03-01T10:00:00Z","ClientRequestUserAgent":"curl"}`,
	"json":         `{"time":"2026-03-01T10:00:00+01:00","remote_addr":"192.0.2.1","request":"GET /a HTTP/1.1","status":"200","body_bytes_sent":5,"request_time":0.1,"http_user_agent":"curl"}`,
	"ltsv":         "host:192.0.2.1\ttime:[01/Mar/2026:10:00:00 +0100]\treq:GET /a HTTP/1.1\tstatus:200\tsize:5\tua:curl\tapptime:0.1",
	"cloudfront":   "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query\n2026-03-01\t10:00:00\tFRA2\t5\t192.0.2.1\tGET\ta.example\t/a\t200\t-\tcurl%2520x\t-",
	"netscaler":    "#Software: NetScaler Web Logging\n#Fields: date time c-ip cs-method cs-uri-stem sc-status time-taken\n2026-03-01 10:00:00 192.0.2.1 GET /a 200 1",
	"incapsula":    "#Software: Incapsula LOGS API\n#Fields: date time c-ip cs-method cs-uri sc-status\n2026-03-01 10:00:00 192.0.2.1 GET a.example/a 200",
	"zeek_http":    "#fields\tts\tid.orig_h\tmethod\thost\turi\tstatus_code\n1772359200.5\t192.0.2.1\tGET\ta.example\t/a\t200",
	"w3c":          "#Fields: date time c-ip cs-method cs-uri-stem sc-status\n2026-03-01 10:00:00 192.0.2.1 GET /a 200\n#Fields: cs-uri-stem sc-status time\n#Date: 2026-03-02\n/b 404 10:00:00",
}

// seedOf is a log in a format.
func seedOf(f *accesslog.Format) string {
	if !f.CanAppend() {
		return unwritten[f.Name()] + "\n"
	}
	line := f.Append(nil, &accesslog.Record{
		Time: 1_772_359_200_000_000_000, HasTime: true, HasOffset: true, Server: time.Second, HasServer: true, Bytes: 5, Status: 200,
		Addr: []byte("192.0.2.1"), Method: []byte("GET"), URI: []byte("/a?b"), Proto: []byte("HTTP/1.1"), Host: []byte("a.example"),
		UserAgent: []byte("curl/8"), RawRequest: []byte("GET /a?b HTTP/1.1"), ForwardedFor: []byte("192.0.2.1"), Upstream: []byte("10.0.0.1:80"),
	})
	return string(line) + "\n"
}

func TestSeeds(t *testing.T) {
	for _, f := range accesslog.Formats() {
		p := read(t, seedOf(f), analyze.Options{Format: f, PageViews: analyze.Raw})
		if p.Hits == 0 || p.Lines.Bad != 0 || p.Status.Count(200) != 1 {
			t.Errorf("%s: %+v of %q", f.Name(), *p.Lines, seedOf(f))
		}
	}
}

// FuzzRead reads any text in every format, and in the one that is detected: what is read adds up, and does not depend on
// the workers.
func FuzzRead(f *testing.F) {
	formats := accesslog.Formats()
	for i, format := range formats {
		log := seedOf(format)
		f.Add(log, byte(i))
		f.Add(log+"\n# comment\nno line \x00\xff\n"+log+strings.TrimSuffix(log, "\n"), byte(i))
	}
	for _, envelope := range []string{`{"log":"X\n","stream":"stdout"}`, "2026-03-01T10:00:00.1Z stdout F X", "Mar  1 10:00:00 host nginx[1]: X", "web-1  | X", `"X"`} {
		f.Add(strings.Replace(envelope, "X", seedOf(formats[0]), 1), byte(255))
	}
	choice, err := filter.Parse(`status != 404 || duration > 1s || user == "-"`)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, which byte) {
		opts := analyze.Options{Workers: 1, PageViews: analyze.API, Fields: []string{"method"}, Paths: analyze.TemplatedPaths}
		if int(which) < len(formats) {
			opts.Format = formats[which]
		}
		switch which % 3 {
		case 1:
			opts.Until = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		case 2:
			if opts.Format == nil || opts.Format.Has(accesslog.Server) {
				opts.Filter = choice
			}
		}
		var profiles [][]byte
		for _, workers := range []int{1, 2} {
			opts.Workers = workers
			p, err := analyze.Read(context.Background(), []input.Source{input.FromReader("fuzz", strings.NewReader(text))}, opts)
			if p == nil {
				t.Fatal("no profile")
			}
			checkIdentities(t, p)
			refused := err != nil && !errors.Is(err, analyze.ErrNothingParsed)
			lines := strings.Count(text, "\n")
			if text != "" && !strings.HasSuffix(text, "\n") && text != "\xef\xbb\xbf" {
				lines++
			}
			if !refused && p.Lines.Read != uint64(lines) {
				t.Fatalf("%d lines are read of %d (%v)", p.Lines.Read, lines, err)
			}
			if rows := p.Tables[profile.ByField("method")]; !refused && rows != nil && rows.Total() != p.Hits {
				t.Fatalf("%d hits have a field, of %d", rows.Total(), p.Hits)
			}
			b, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			profiles = append(profiles, b)
		}
		if !bytes.Equal(profiles[0], profiles[1]) {
			t.Fatalf("two workers measure another profile than one:\n%s\n%s", profiles[0], profiles[1])
		}
	})
}
