package analyze_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/loadx/loadx/analyze"
)

// TestFieldsChangeInsideAFile reads a W3C log of many blocks whose #Fields change now and then, with any number of
// workers: each line must be read under the directive before it, whichever worker has the block.
func TestFieldsChangeInsideAFile(t *testing.T) {
	var b strings.Builder
	layouts := []string{
		"date time c-ip cs-method cs-uri-stem sc-status sc-bytes cs(User-Agent)",
		"sc-bytes cs(User-Agent) sc-status cs-uri-stem cs-method c-ip time date",
		"time s-ip date c-ip s-port cs-method cs-uri-stem cs-uri-query sc-status sc-bytes cs(User-Agent) time-taken",
	}
	const lines = 30_000
	ok, bytes, directives := 0, 0, 0
	clients := map[string]bool{}
	for i := range lines {
		if i%4001 == 0 { // about one in two blocks
			fmt.Fprintf(&b, "#Software: server\n#Fields: %s\n", layouts[i/4001%3])
			directives += 2
		}
		status, size, ip := 200+i%2*204, i%997, fmt.Sprintf("10.0.%d.%d", i%13, i%251)
		values := map[string]string{"date": "2024-02-29", "time": fmt.Sprintf("10:%02d:%02d", i/60%60, i%60), "c-ip": ip, "cs-method": "GET",
			"cs-uri-stem": fmt.Sprintf("/page/%d", i%7), "sc-status": fmt.Sprint(status), "sc-bytes": fmt.Sprint(size),
			"cs(User-Agent)": "Mozilla/5.0+(X11)", "s-ip": "192.0.2.1", "s-port": "443", "cs-uri-query": "-", "time-taken": "12"}
		for j, name := range strings.Fields(layouts[i/4001%3]) {
			if j > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(values[name])
		}
		b.WriteByte('\n')
		if status == 200 {
			ok++
			clients[ip] = true
		}
		bytes += size
	}
	bare := b.String()
	inDocker := `{"log":"` + strings.ReplaceAll(strings.TrimSuffix(bare, "\n"), "\n", `\n","stream":"stdout"}`+"\n"+`{"log":"`) + `\n","stream":"stdout"}`
	for _, workers := range []int{1, 2, 5} {
		for format, text := range map[string]string{"w3c": bare, "docker+w3c": inDocker} {
			p := read(t, text, analyze.Options{Workers: workers, Key: mustKey(t, "ip")})
			if p.Lines.Parsed != lines || p.Lines.Comments != uint64(directives) || p.Lines.Bad != 0 {
				t.Fatalf("%s, %d workers: %+v", format, workers, *p.Lines)
			}
			if p.Definitions.Formats[0] != format || p.PageViews != uint64(ok) || p.Bytes != uint64(bytes) {
				t.Errorf("%s, %d workers: %v, %d page views, want %d; %d bytes, want %d", format, workers, p.Definitions.Formats, p.PageViews, ok, p.Bytes, bytes)
			}
			if uv := p.Visitors.Estimate(); uv.Value != uint64(len(clients)) {
				t.Errorf("%s, %d workers: %d visitors, want %d", format, workers, uv.Value, len(clients))
			}
		}
	}
}

// TestVisitorsByNameInJSON counts visitors by names that no table has.
func TestVisitorsByNameInJSON(t *testing.T) {
	var b strings.Builder
	for i := range 300 {
		fmt.Fprintf(&b, `{"time":"2024-02-29T10:00:%02dZ","remote_addr":"10.0.0.1","request":"GET / HTTP/1.1","status":200,"session":{"id":"s%d"},"http_cookie":"a=b; uid=u%d","http_x_user_id":"x%d"}`+"\n",
			i%60, i%17, i%31, i%7)
	}
	for key, want := range map[string]uint64{"field:session.id": 17, "cookie:uid": 31, "header:X-User-ID": 7, "ip": 1} {
		p := read(t, b.String(), analyze.Options{Key: mustKey(t, key)})
		if uv := p.Visitors.Estimate(); uv.Value != want || p.WithoutKey != 0 {
			t.Errorf("%s: %d visitors, want %d (%d without)", key, uv.Value, want, p.WithoutKey)
		}
	}
}
