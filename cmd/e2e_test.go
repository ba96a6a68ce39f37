package cmd_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// needProgram finds a real program. Without it the test is skipped, loudly; where CI is set it fails.
func needProgram(t *testing.T, name string, elsewhere ...string) string {
	t.Helper()
	for _, candidate := range append([]string{name}, elsewhere...) {
		if p, err := exec.LookPath(candidate); err == nil {
			return p
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed: `make setup` installs it", name)
	}
	t.Skipf("SKIPPED, NOT TESTED: %s IS NOT INSTALLED; `make setup` installs it", name)
	return ""
}

// freeAddress is an address of loopback where nobody listens at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// nginxLogFormat is what the tested servers write, and what loadx is told.
const nginxLogFormat = `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$cookie_uid"`

// An nginxConfig is how a server differs from another.
type nginxConfig struct {
	keepaliveRequests int
	logOptions        string // such as buffer=64k flush=1s
	tls               bool
}

// A webServer is a real one that runs until the end of the test.
type webServer struct{ url, log string }

// startNginx runs nginx in the foreground on a free port.
func startNginx(t *testing.T, c nginxConfig) webServer {
	t.Helper()
	program := needProgram(t, "nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx")
	dir := t.TempDir()
	s := webServer{log: filepath.Join(dir, "access.log")}
	address := freeAddress(t)
	scheme, listen := "http", address
	tlsLines := ""
	if c.tls {
		writeCertificate(t, dir)
		scheme, listen = "https", address+" ssl"
		tlsLines = fmt.Sprintf("ssl_certificate %s/cert.pem; ssl_certificate_key %s/key.pem;", dir, dir)
	}
	s.url = scheme + "://" + address
	user := ""
	if os.Getuid() == 0 {
		user = "user root;"
	}
	config := fmt.Sprintf(`
daemon off; %s worker_processes 1; pid %[2]s/nginx.pid; error_log %[2]s/error.log;
events { worker_connections 4096; }
http {
	client_body_temp_path %[2]s/body; proxy_temp_path %[2]s/proxy; fastcgi_temp_path %[2]s/fastcgi;
	uwsgi_temp_path %[2]s/uwsgi; scgi_temp_path %[2]s/scgi;
	log_format loadx '%[3]s';
	access_log %[4]s loadx %[5]s;
	keepalive_requests %[6]d;
	server {
		listen %[7]s backlog=4096; server_name _; %[8]s
		location / { default_type text/plain; return 200 "ok\n"; }
	}
}
`, user, dir, nginxLogFormat, s.log, c.logOptions, c.keepaliveRequests, listen, tlsLines)
	launchNginx(t, program, dir, config, address)
	return s
}

// launchNginx runs nginx in a folder until the test ends, and returns when it listens on every address.
func launchNginx(t *testing.T, program, dir, config string, addresses ...string) {
	t.Helper()
	path := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(path, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-p", dir, "-c", path, "-e", filepath.Join(dir, "error.log"))
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may be gone
		cmd.Wait()                          //nolint:errcheck // how it ends is of no interest
	})
	for _, address := range addresses {
		waitUntil(t, "nginx", &said, func() bool { return listening(address) })
	}
}

// stopByPIDFile stops an nginx that runs in the background, if it does.
func stopByPIDFile(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		return // it never started
	}
	var pid int
	if _, err := fmt.Sscan(string(text), &pid); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "the end of nginx", &bytes.Buffer{}, func() bool { _, err := os.Stat(path); return os.IsNotExist(err) })
}

func listening(address string) bool {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

func waitUntil(t *testing.T, what string, said fmt.Stringer, ready func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s does not start: %s", what, said)
		}
	}
}

func writeCertificate(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// countLog counts lines and distinct cookies without any code of loadx.
func countLog(t *testing.T, path string) (lines, users int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := map[string]bool{}
	for s := bufio.NewScanner(f); s.Scan(); lines++ {
		fields := strings.Split(s.Text(), `"`)
		if len(fields) != 9 {
			t.Fatalf("line %d of the log: %s", lines+1, s.Text())
		}
		if user := fields[7]; user != "-" {
			seen[user] = true
		}
	}
	return lines, len(seen)
}

// A jsonReport is the part of a report that the tests look at.
type jsonReport struct {
	Verdict string
	Profile jsonTraffic
	Seen    *jsonTraffic

	Differences []struct {
		Metric      string
		Agrees      bool
		Explanation string
		Union       *struct{ Value float64 }
	}
}

type jsonTraffic struct {
	Hits, PV, Sent, Dropped, Retries uint64
	UV                               struct {
		Estimate, Low, High uint64
		Exact               bool
		Key                 string
	}
	Status  map[string]uint64
	Errors  map[string]uint64
	Planned *struct{ Hits, UV uint64 }
	Lines   struct{ Read, Parsed, Bad uint64 }
}

// runLoadx runs the loadx of this test binary and reads its JSON report. That this machine was too busy to keep a
// schedule is no failure of an end-to-end test: what was sent was sent.
func runLoadx(t *testing.T, want int, args ...string) jsonReport {
	t.Helper()
	cmd := exec.Command("loadx", append(args, "--report", "json")...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	code := exitCode(err)
	if code == 3 && strings.Contains(stderr.String(), "loadx and not the target was too slow") {
		t.Logf("the machine is busy: %s", stderr.String())
		code = want
	}
	if code != want {
		t.Fatalf("loadx %s: exit code %d, want %d: %v\n%s%s", strings.Join(args, " "), code, want, err, &stdout, &stderr)
	}
	var r jsonReport
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatalf("%v\n%s", err, &stdout)
	}
	return r
}

// scaled writes a bundled scenario with numbers that take seconds instead of minutes.
func scaled(t *testing.T, name string, replacements ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "scenarios", name))
	if err != nil {
		t.Fatal(err)
	}
	s := string(text)
	for i := 0; i < len(replacements); i += 2 {
		if !strings.Contains(s, replacements[i]) {
			t.Fatalf("%s does not contain %q", name, replacements[i])
		}
		s = strings.ReplaceAll(s, replacements[i], replacements[i+1])
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(s), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// The main job: what a scenario says is sent, nginx logs exactly that, and loadx reads exactly that back.
func TestE2ENginx(t *testing.T) {
	buffered := nginxConfig{keepaliveRequests: 1_000_000, logOptions: "buffer=64k flush=1s"}
	for _, c := range []struct {
		name     string
		scenario func(*testing.T) string
		server   nginxConfig
		pv, uv   uint64
	}{
		{"only new users", func(t *testing.T) string {
			return scaled(t, "new-users.yaml", "1_000_000", "50_000", "1000000", "50000", "5000/s", "10000/s")
		}, buffered, 50_000, 50_000},
		{"one user", func(t *testing.T) string {
			return scaled(t, "one-user.yaml", "1_000_000", "50_000", "5000/s", "10000/s")
		}, nginxConfig{keepaliveRequests: 100}, 50_000, 1},
		{"returning users", func(t *testing.T) string {
			return scaled(t, "returning-users.yaml", "1_000_000", "50_000", "250_000", "12_500", "250000", "12500", "duration: 5m", "duration: 5s",
				"  - p95 < 250ms\n", "")
		}, buffered, 50_000, 12_500},
		{"ramp", func(t *testing.T) string {
			return scaled(t, "ramp.yaml", "100_000", "1_000", "duration: 5m", "duration: 2s", "  - p99 < 500ms\n", "")
		}, nginxConfig{keepaliveRequests: 1_000_000}, 4_000, 1_000},
		{"spike", func(t *testing.T) string {
			return scaled(t, "spike.yaml", "60_000", "600", "60s", "600ms", "30s", "300ms", "90s", "900ms", "  - p95 < 1s\n", "")
		}, nginxConfig{keepaliveRequests: 100}, 900, 600},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startNginx(t, c.server)
			format := "nginx:" + nginxLogFormat
			r := runLoadx(t, 0, "attack", c.scenario(t), "--target", s.url, "--access-log", s.log, "--format", format)
			if r.Profile.PV != c.pv || r.Profile.UV.Estimate != c.uv || r.Profile.Planned.Hits != c.pv || r.Profile.Planned.UV != c.uv ||
				r.Profile.Status["200"] != c.pv || r.Profile.Dropped != 0 {
				t.Errorf("sent %+v, want %d page views by %d users", r.Profile, c.pv, c.uv)
			}
			for _, d := range r.Differences {
				if !d.Agrees {
					t.Errorf("sent and seen differ in %s: %s", d.Metric, d.Explanation)
				}
				if d.Metric == "uv" && uint64(d.Union.Value) != r.Seen.UV.Estimate && r.Seen.UV.Exact {
					t.Errorf("together %v users, seen %v", d.Union.Value, r.Seen.UV)
				}
			}
			if len(r.Differences) < 3 || r.Seen.UV.Key != "cookie:uid" {
				t.Errorf("%d differences, users told apart by %s", len(r.Differences), r.Seen.UV.Key)
			}
			lines, users := countLog(t, s.log)
			if uint64(lines) != c.pv || uint64(users) != c.uv {
				t.Errorf("the log has %d lines of %d users, want %d of %d", lines, users, c.pv, c.uv)
			}
			checkAnalysis(t, c.pv, c.uv, s.log, "--format", format, "--pv", "raw", "--uv-key", "cookie:uid")
		})
	}
}

// checkAnalysis reads a log and wants that many page views, and visitors within the interval, exactly with --exact.
func checkAnalysis(t *testing.T, pv, uv uint64, args ...string) {
	t.Helper()
	p := runLoadx(t, 0, append([]string{"analyze"}, args...)...).Profile
	if p.PV != pv || p.Lines.Bad != 0 || p.UV.Low > uv || p.UV.High < uv || p.UV.Exact && p.UV.Estimate != uv {
		t.Errorf("read %+v, want %d page views by %d visitors", p, pv, uv)
	}
	p = runLoadx(t, 0, append([]string{"analyze", "--exact"}, args...)...).Profile
	if p.PV != pv || p.UV.Estimate != uv || !p.UV.Exact {
		t.Errorf("read exactly %+v, want %d page views by %d visitors", p, pv, uv)
	}
}

func TestE2ENginxTLS(t *testing.T) {
	s := startNginx(t, nginxConfig{keepaliveRequests: 50, tls: true})
	r := runLoadx(t, 3, "attack", s.url+"/", "--pv", "20")
	if r.Profile.Errors["tls"] != 20 || r.Verdict != "invalid" {
		t.Errorf("a certificate of nobody: %+v", r.Profile)
	}
	r = runLoadx(t, 0, "attack", s.url+"/", "--pv", "1000", "--uv", "100", "--insecure", "--access-log", s.log, "--format", "nginx:"+nginxLogFormat)
	if r.Profile.PV != 1000 || r.Profile.Status["200"] != 1000 || r.Seen.PV != 1000 || r.Seen.UV.Estimate != 100 {
		t.Errorf("sent %+v, seen %+v", r.Profile, *r.Seen)
	}
	if lines, users := countLog(t, s.log); lines != 1000 || users != 100 {
		t.Errorf("the log has %d lines of %d users", lines, users)
	}
}

// What ab sends is one visitor, whatever it is asked for; the same command line of loadx is as many as page views.
func TestE2EApacheBench(t *testing.T) {
	ab := needProgram(t, "ab")
	s := startNginx(t, nginxConfig{keepaliveRequests: 1000})
	if out, err := exec.Command(ab, "-q", "-n", "2000", "-c", "10", s.url+"/").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	checkAnalysis(t, 2000, 1, s.log, "--pv", "raw")
	if lines, users := countLog(t, s.log); lines != 2000 || users != 0 {
		t.Errorf("the log has %d lines of %d users", lines, users)
	}
	runLoadx(t, 0, "attack", s.url+"/", "--pv", "2000")
	if lines, users := countLog(t, s.log); lines != 4000 || users != 2000 {
		t.Errorf("with loadx's page views the log has %d lines of %d users", lines, users)
	}
}
