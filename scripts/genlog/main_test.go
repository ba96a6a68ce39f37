package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"iter"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/analyze/accesslog"
)

func generate(t *testing.T, args string) []byte {
	t.Helper()
	var out, messages bytes.Buffer
	if err := run(strings.Fields(args), &out, &messages); err != nil {
		t.Fatalf("genlog %s: %v\n%s", args, err, &messages)
	}
	return out.Bytes()
}

// TestCombinedStaysAsItIs keeps figures of the benchmarks comparable with those of earlier runs.
func TestCombinedStaysAsItIs(t *testing.T) {
	for args, want := range map[string]string{
		"-lines 50000":         "12fd8b1b92b08a597888c292a172b3a6c95b93951dc3c5453e3b24d741472211",
		"-lines 50000 -cookie": "3de2d4a2e77821ba9251a24d7095aea47dc87fc7410f089324bfdbbaa1d790e3",
		"-lines 30000 -visitors 18000000 -paths 2000000000": "5135e22755f0fa339527d23b1de821034780e2a515e8a5d54d6ef0289c24e9c6",
	} {
		sum := sha256.Sum256(generate(t, args))
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("genlog %s: SHA-256 %s, want %s", args, got, want)
		}
	}
}

// missing are what a format has no place for, or what the program that it is named for does not log.
var missing = map[string]string{
	"combined": "host took upstream forwarded", "nginx_main": "host took upstream", "combined_iso": "host took upstream forwarded",
	"vhost_combined": "took upstream forwarded", "ovh": "took upstream forwarded", "gandi": "upstream forwarded",
	"common": "referrer agent host took upstream forwarded", "vhost_common": "referrer agent took upstream forwarded",
	"icecast": "host upstream forwarded", "ingress_nginx": "host forwarded", "traefik": "host forwarded",
	"envoy": "referrer", "istio": "referrer", "haproxy": "referrer agent host forwarded",
	"alb": "referrer forwarded", "elb": "referrer host forwarded", "s3": "upstream forwarded", "gcs": "upstream forwarded",
	"squid": "referrer agent host forwarded", "bunny": "host took upstream forwarded",
	"caddy": "upstream forwarded", "cloudflare": "forwarded", "cloudfront": "upstream forwarded", "netscaler": "host upstream forwarded",
	"incapsula": "took upstream", "zeek_http": "took forwarded", "w3c": "upstream forwarded",
}

// TestFormats reads every format with the parser that it is for, and holds each line against the hit that it tells of.
func TestFormats(t *testing.T) {
	known := accesslog.Formats()
	if len(forms) != len(known) {
		t.Errorf("%d formats, %d known", len(forms), len(known))
	}
	for _, f := range known {
		t.Run(f.Name(), func(t *testing.T) {
			log := generate(t, "-lines 2000 -visitors 1500 -referrers 5 -format "+f.Name())
			// The two look like combined: they are never detected.
			if name := f.Name(); name != "ovh" && name != "icecast" {
				d, err := accesslog.Detect(slices.Collect(bytes.Lines(log)))
				if err != nil || d.Format != f || d.Score != 1 {
					t.Fatalf("detected %+v, %v", d, err)
				}
			}
			next, stop := iter.Pull(traffic{lines: 2000, visitors: 1500, paths: 20_000, agents: 30, referrers: 5}.hits())
			defer stop()
			p, n := f.NewParser(), 0
			var r accesslog.Record
			for line := range bytes.Lines(log) {
				err := p.Parse(line, &r)
				if errors.Is(err, accesslog.ErrComment) {
					continue
				}
				if err != nil {
					t.Fatalf("line %d: %v: %s", n+1, err, line)
				}
				h, more := next()
				if n++; !more {
					t.Fatal("more lines than hits")
				}
				if got, want := understood(&r), told(h, f.Name()); !maps.Equal(got, want) {
					t.Fatalf("line %d: %s\ngot  %v\nwant %v", n, line, got, want)
				}
				if late := h.at.UnixNano() - r.Time; late < 0 || late >= 1e9 {
					t.Fatalf("line %d: the time is off by %d ns: %s", n, late, line)
				}
				if off := h.took - r.Server; r.HasServer && off >= time.Millisecond && r.Server != h.took.Truncate(time.Second) {
					t.Fatalf("line %d: the duration is off by %v: %s", n, off, line)
				}
			}
			if n != 2000 {
				t.Errorf("%d lines", n)
			}
		})
	}
}

// told is what a hit is in a format, without its times.
func told(h *hit, format string) map[string]string {
	all := map[string]string{"took": "there", "upstream": strconv.Itoa(h.upstream)}
	// What combined shows of a field is held to a sum above.
	for name, field := range map[string]string{"addr": "addr", "uri": "uri", "status": "status", "bytes": "bytes", "referrer": "referrer", "agent": "agent", "host": "host", "forwarded": "addr"} {
		all[name] = string(fields[field](nil, h))
	}
	for _, name := range strings.Fields(missing[format]) {
		delete(all, name)
	}
	return all
}

var upstreamNumber = regexp.MustCompile(`(?:10\.1\.0\.|^web)(\d)`)

// understood is what a record says of a hit, without its times.
func understood(r *accesslog.Record) map[string]string {
	uri := string(r.Path()) + "?" + string(r.Query()) // some log it with scheme and host
	addr, _, _ := strings.Cut(string(r.Addr), ":")
	all := map[string]string{"addr": addr, "uri": uri, "status": strconv.Itoa(r.Status)}
	if r.Bytes >= 0 {
		all["bytes"] = strconv.FormatInt(r.Bytes, 10)
	}
	for name, v := range map[string][]byte{"referrer": r.Referer, "agent": r.UserAgent, "host": r.Host} {
		if v != nil {
			all[name] = string(v)
		}
	}
	if r.HasServer {
		all["took"] = "there"
	}
	if r.ForwardedFor != nil {
		all["forwarded"], _, _ = strings.Cut(string(r.ForwardedFor), ",")
	}
	if r.Upstream != nil {
		all["upstream"] = upstreamNumber.FindStringSubmatch(string(r.Upstream) + " web-")[1]
	}
	return all
}

// TestDistinct counts what the flags for distinct User-Agents and referrers give.
func TestDistinct(t *testing.T) {
	log := generate(t, "-lines 5000 -visitors 4000000000 -paths 2000000000 -agents 100000 -referrers 1000000")
	p := accesslog.Formats()[0].NewParser()
	var r accesslog.Record
	distinct := map[string]map[string]bool{"visitor": {}, "path": {}, "agent": {}, "referrer": {}}
	for line := range bytes.Lines(log) {
		if err := p.Parse(line, &r); err != nil {
			t.Fatal(err)
		}
		if _, err := netip.ParseAddr(string(r.Addr)); err != nil {
			t.Fatal(err)
		}
		for name, v := range map[string][]byte{"visitor": r.Addr, "path": r.Path(), "agent": r.UserAgent, "referrer": r.Referer} {
			distinct[name][string(v)] = true
		}
	}
	// Of 5,000 drawn out of n about 5000²/2n come twice.
	for name, atLeast := range map[string]int{"visitor": 4990, "path": 2000, "agent": 4800, "referrer": 4970} {
		if n := len(distinct[name]); n < atLeast {
			t.Errorf("%d times another %s, want %d", n, name, atLeast)
		}
	}
}

func TestWrongFlags(t *testing.T) {
	for args, want := range map[string]string{
		"-format nope": "common, ", "-format w3c -cookie": "-cookie is for", "-lines -1": "at least 0", "-visitors 0": "at least 1",
		"-visitors 4000000001": "at most", "log": "flags only", "-agents x": "invalid value",
	} {
		var out, messages bytes.Buffer
		if err := run(strings.Fields(args), &out, &messages); err == nil || !strings.Contains(err.Error(), want) || out.Len() > 0 {
			t.Errorf("genlog %s: %v, want %q; %d bytes written", args, err, want, out.Len())
		}
	}
}
