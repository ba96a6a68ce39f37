package accesslog

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// corpusFile is what is expected of one real log. The counts were made with
// grep and with Python's json module, not with this package.
type corpusFile struct {
	path   string // under logs, a "*" stands for any text
	format string // what is detected, "" if detection must refuse the log
	// forced is the format that reads what there is to read in a refused log.
	forced  string
	lines   int // 0 for the files of a "*"
	parsed  int
	bad     int
	comment int
	blank   int
	why     string // of bad lines and of a refusal
}

var corpusFiles = []corpusFile{
	{path: "aws_alb/esnote_alb_a.log", format: "alb", lines: 333, parsed: 333},
	{path: "aws_alb/matomo_alb.log", format: "alb", lines: 1, parsed: 1},
	{path: "aws_cloudfront/esnote_cloudfront.log", format: "cloudfront", lines: 26, parsed: 22, comment: 4},
	{path: "aws_cloudfront/matomo_cloudfront_rtmp.log", format: "cloudfront", lines: 4, parsed: 2, comment: 2},
	{path: "aws_elb/esnote_elb.log", format: "elb", lines: 13, parsed: 13},
	{path: "aws_s3/nekrassov_s3.log", format: "s3", lines: 5, parsed: 5},
	{path: "awstats_small/testglobal.log", format: "combined", lines: 101, parsed: 56, comment: 28, blank: 17},
	{path: "awstats_small/testtime5.log", format: "combined_iso", lines: 2, parsed: 2},
	{path: "clf/farmwork_common.log", format: "common", lines: 840, parsed: 840},
	{path: "clf/nasa_1995-08_part.log", format: "common", lines: 1930, parsed: 1841, bad: 89, why: "lines are wrapped hard"},
	{path: "cloudflare/lnav_cloudflare.1.ndjson", format: "cloudflare", lines: 15, parsed: 15},
	{path: "combined/elastic_apache_logs.log", format: "combined", lines: 10000, parsed: 9999, bad: 1, why: "one line is cut inside its User-Agent"},
	{path: "combined/farmfresh_combined.log", format: "combined", lines: 118, parsed: 118},
	{path: "combined/flannsmith_2006.log", format: "combined", lines: 4224, parsed: 4224},
	{path: "combined/slrbl_2021-10-22.log", format: "combined", lines: 644, parsed: 644},
	{path: "combined/sundog_2017.log.gz", format: "combined", lines: 102972, parsed: 102972},
	{path: "combined_plus/almhuette_2018H2.log.gz", format: "nginx_main", lines: 200334, parsed: 200334},
	{path: "combined_plus/alp_combined.log", format: "nginx_main", lines: 14, parsed: 14},
	{path: "combined_plus/zanbil_1000.log", format: "nginx_main", lines: 1000, parsed: 1000},
	{path: "combined_quoted/netsparker_scan.log", format: "quoted+combined", lines: 7314, parsed: 7314},
	{path: "custom_csv/*", forced: csvApache, why: "a LogFormat of its own, which has to be named"},
	{path: "dirty/crowdsec_apache2_malformed.log", format: "combined", lines: 11, parsed: 11},
	{path: "dirty/honeypot_2019.log", format: "combined", lines: 3888, parsed: 3888},
	{path: "dirty/lnav_bad_access.log", forced: "combined", lines: 3, parsed: 2, bad: 1, why: "one of three lines lacks ident and user: 67 %"},
	{path: "haproxy/crowdsec_haproxy.log", forced: "haproxy", lines: 5, parsed: 2, bad: 3, why: "three of five lines tell failed TLS handshakes: 40 %"},
	{path: "haproxy/raravena_2012_a.log", format: "syslog+haproxy", lines: 8605, parsed: 8605},
	{path: "iis_w3c/esnote_iis_u_ex171118.log", format: "w3c", lines: 146, parsed: 142, comment: 4},
	{path: "iis_w3c/lnav_w3c.0.log", format: "w3c", lines: 5, parsed: 1, comment: 4},
	{path: "iis_w3c/lnav_w3c.2.log", format: "w3c", lines: 22, parsed: 14, comment: 8},
	{path: "iis_w3c/lnav_w3c.5.log", format: "w3c", lines: 2, parsed: 1, comment: 1},
	{path: "iis_w3c/matomo_iis.log", format: "w3c", lines: 5, parsed: 1, comment: 4},
	{path: "istio_text/elastic_istio_access.log", format: "istio", lines: 8, parsed: 8},
	{path: "json_caddy/caddy_logs.json", format: "caddy", lines: 12, parsed: 10, bad: 1, blank: 1, why: "a debug message of Caddy's proxy, without a request"},
	{path: "json_caddy/matomo_caddy.json", format: "caddy", lines: 3, parsed: 3},
	{path: "json_envoy/envoy_cri.log", forced: "cri+istio_json", lines: 10, parsed: 6, bad: 4, why: "made of two formats: 6 lines of JSON, 4 of text"},
	{path: "json_nginx/matomo_nginx.json", format: "json", lines: 2, parsed: 2},
	{path: "json_nginx/thedash_2013.json.gz", format: "json", lines: 5000, parsed: 5000},
	{path: "json_other/alp_json.log", format: "json", lines: 14, parsed: 14},
	{path: "json_other/upsun_httplog.json", forced: "json", lines: 1, bad: 1, why: "journald's JSON around a line of syslog"},
	{path: "json_traefik/traefik_base.json", format: "traefik_json", lines: 80, parsed: 80},
	{path: "litespeed/crowdsec_litespeed.log", forced: "combined", lines: 3, parsed: 1, bad: 2, why: "two of three lines are of the error log: 33 %"},
	{path: "ltsv/alp_ltsv.log", format: "ltsv", lines: 14, parsed: 14},
	{path: "ltsv/nekrassov_ltsv.log", forced: "ltsv", lines: 5, parsed: 4, bad: 1, why: "one of five lines has a value without a label: 80 %"},
	{path: "matomo_small/common.log", format: "common", lines: 1, parsed: 1},
	{path: "matomo_small/common.log.gz", format: "common", lines: 1, parsed: 1},
	{path: "matomo_small/common_complete.log", format: "vhost_combined", lines: 1, parsed: 1},
	{path: "matomo_small/gandi.log", format: "gandi", lines: 2, parsed: 2},
	{path: "matomo_small/ncsa_extended.log", format: "combined", lines: 1, parsed: 1},
	{path: "negative/nginx_error_20251219.log", lines: 303, bad: 303, why: "nginx's error log"},
	{path: "nginx_combined/esnote_nginx_access.log", format: "combined", lines: 996, parsed: 996},
	{path: "nginx_rotated/*", format: "combined"},
	{path: "other/bunkerweb.log", format: "vhost_combined", lines: 10, parsed: 9, blank: 1},
	{path: "other/cri_wrapped.log", format: "cri+ingress_nginx", lines: 3, parsed: 3},
	{path: "traefik_clf/traefik_clf.log", format: "traefik", lines: 9, parsed: 7, blank: 2},
	{path: "vhost_combined/farmfresh_vhost.log", format: "vhost_combined", lines: 201, parsed: 201},
	{path: "w3c_icecast/matomo_icecast2.log", format: "combined", lines: 1, parsed: 1},
	{path: "w3c_incapsula/matomo_incapsula.log", format: "incapsula", lines: 6, parsed: 2, comment: 4},
	{path: "w3c_netscaler/matomo_netscaler.log", format: "netscaler", lines: 5, parsed: 1, comment: 4},
	{path: "zeek_http/lnav_bro_http.log", format: "zeek_http", lines: 206, parsed: 197, comment: 9},
}

// expected returns the row of a file.
func expected(t *testing.T, path string) corpusFile {
	for _, c := range corpusFiles {
		if ok, _ := filepath.Match(c.path, path); ok {
			return c
		}
	}
	t.Fatalf("no row for %s", path)
	return corpusFile{}
}

// corpusPaths lists all files of the corpus.
func corpusPaths(t *testing.T) (paths []string) {
	root := filepath.Join(corpus, "logs")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		paths = append(paths, filepath.ToSlash(rel))
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no corpus of real logs")
	}
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// TestRealLogs holds every real log against what is expected of it, and every
// record against an oracle.
func TestRealLogs(t *testing.T) {
	seen := map[string]bool{}
	for _, path := range corpusPaths(t) {
		want := expected(t, path)
		seen[want.path] = true
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			lines := readLog(t, "logs/"+path)
			format := detectReal(t, lines, want)
			if format == nil {
				return
			}
			got := corpusFile{path: want.path, format: want.format, forced: want.forced, why: want.why, lines: len(lines)}
			oracle := newOracle(format)
			p, slow := format.NewParser(), format.NewParser()
			var r Record
			for i, line := range lines {
				switch err := p.Parse(line, &r); {
				case err == nil:
					got.parsed++
					if i%(1+len(lines)/1000) == 0 { // regular expressions are slow
						oracle.check(t, line, &r)
						oracle.checked++
					}
					sameWithoutFastPath(t, format, slow, line, &r)
				case errors.Is(err, ErrComment):
					got.comment++
					oracle.comment(line)
				case len(bytes.TrimSpace(line)) == 0:
					got.blank++
				default:
					if got.bad++; want.bad == 0 {
						t.Errorf("line %d: %v: %.200q", i+1, err, line)
					}
				}
			}
			if want.lines == 0 {
				want.lines, want.parsed = len(lines), len(lines)
			}
			equal(t, "counts", got, want)
			if oracle.checked == 0 && got.parsed > 0 {
				t.Error("no line was held against the oracle")
			}
			if (want.bad > 0 || want.format == "") && want.why == "" {
				t.Error("the difference is not explained")
			}
		})
	}
	for _, c := range corpusFiles {
		if !seen[c.path] {
			t.Errorf("no file for the row %s", c.path)
		}
	}
}

// sameWithoutFastPath holds a record against what the format's program alone makes of the line.
func sameWithoutFastPath(t *testing.T, format *Format, p *Parser, line []byte, got *Record) {
	t.Helper()
	inner := format
	if w, ok := format.codec.(*wrapped); ok {
		inner = w.inner
	}
	if inner.fast == nil {
		return
	}
	line = trimLineEnd(line)
	if w, ok := format.codec.(*wrapped); ok {
		line, _, _ = w.envelope.open(p, line)
	}
	var want Record
	p.scratch = p.scratch[:0]
	if err := inner.codec.decode(p, line, &want); err != nil {
		t.Fatalf("%q: the program alone: %v", line, err)
	}
	sameRecord(t, line, "fast path", got, &want)
}

// detectReal detects the format, or returns the forced one of a log that must
// be refused.
func detectReal(t *testing.T, lines [][]byte, want corpusFile) *Format {
	t.Helper()
	d, err := Detect(lines)
	if want.format == "" {
		var de *DetectError
		if !errors.Is(err, ErrNoFormat) || !errors.As(err, &de) {
			t.Fatalf("got %v, %v, want ErrNoFormat", d.Format, err)
		}
		if de.Closest == nil || de.Err == nil || de.Err.Offset > len(lines[de.Line]) {
			t.Fatalf("error lacks the closest format or a place: %+v", de)
		}
		if want.forced == "" {
			return nil
		}
		return mustParse(t, want.forced)
	}
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "format", d.Format.Name(), want.format)
	if d.RunnerUp != nil && d.RunnerUpScore > d.Score {
		t.Errorf("runner-up %s scores %v, winner %v", d.RunnerUp.Name(), d.RunnerUpScore, d.Score)
	}
	return d.Format
}

// TestMixedEnvoyLog reads the log of two formats with each of them: together
// they understand every line.
func TestMixedEnvoyLog(t *testing.T) {
	lines := readLog(t, "logs/json_envoy/envoy_cri.log")
	text, json := mustParse(t, "cri+envoy").NewParser(), mustParse(t, "cri+istio_json").NewParser()
	texts, jsons := 0, 0
	var r Record
	for _, line := range lines {
		if text.Parse(line, &r) == nil {
			texts++
			if !strings.Contains(string(line), string(r.Addr)) || !isIP(r.Addr) {
				t.Errorf("address %q of %q", r.Addr, line)
			}
		}
		if json.Parse(line, &r) == nil {
			jsons++
		}
	}
	equal(t, "lines of text", texts, 4)
	equal(t, "lines of JSON", jsons, 6)
}
