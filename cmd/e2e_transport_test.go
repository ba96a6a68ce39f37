package cmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// runNginx runs nginx with the servers of a configuration, in which DIR is its directory, and returns that.
func runNginx(t *testing.T, servers string, addresses ...string) (dir string) {
	t.Helper()
	program := needProgram(t, "nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx")
	// A Unix socket's path is short, and nginx's worker is another user.
	dir, err := os.MkdirTemp("", "loadx")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	writeCertificate(t, dir)
	user := ""
	if os.Getuid() == 0 {
		user = "user root;"
	}
	config := strings.ReplaceAll(fmt.Sprintf(`
daemon off; %s worker_processes 1; pid DIR/nginx.pid; error_log DIR/error.log;
events { worker_connections 4096; }
http {
	client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/fastcgi;
	uwsgi_temp_path DIR/uwsgi; scgi_temp_path DIR/scgi;
	log_format own '$remote_addr $connection $server_protocol $status $ssl_session_reused "$cookie_uid" "$http_cookie" $arg_q $ssl_server_name $ssl_client_verify';
	access_log DIR/access.log own;
	ssl_certificate DIR/cert.pem; ssl_certificate_key DIR/key.pem;
	%s
}
`, user, servers), "DIR", dir)
	launchNginx(t, program, dir, config, addresses...)
	return dir
}

// A logged request is a line of that nginx's log.
type logged struct {
	address, connection, protocol, status, resumed, uid, cookies, query, serverName, verified string
}

var loggedLine = regexp.MustCompile(`^(\S+) (\S+) (\S+) (\S+) (\S+) "([^"]*)" "([^"]*)" (\S+) (\S+) (\S+)$`)

func readLogged(t *testing.T, dir string) (all []logged) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "access.log"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		m := loggedLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			t.Fatalf("a line of the log: %s", line)
		}
		all = append(all, logged{m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8], m[9], m[10]})
	}
	return all
}

// distinct counts the different values of lines.
func distinct(all []logged, value func(logged) string) int {
	seen := map[string]bool{}
	for _, l := range all {
		seen[value(l)] = true
	}
	return len(seen)
}

// A real nginx sees the protocol, connections, sessions, addresses and cookies that were asked for; it ends connections
// after a few requests, and no hit is lost by it.
func TestE2ETransport(t *testing.T) {
	const pv, uv = 300, 30
	plain, secure := freeAddress(t), freeAddress(t)
	server := fmt.Sprintf(`
	server { listen %s; listen unix:DIR/socket; listen %s ssl http2; ssl_client_certificate DIR/cert.pem; ssl_verify_client optional_no_ca;
		keepalive_requests 7; ssl_session_cache shared:s:1m;
		location / { add_header Set-Cookie "sid=$cookie_uid; Path=/; HttpOnly"; add_header X-Worker main; default_type text/plain; return 200 "ok\n"; } }`, plain, secure)
	connection := func(l logged) string { return l.connection }
	for _, c := range []struct {
		name  string
		url   string
		args  []string
		check func(t *testing.T, all []logged, r transportReport)
	}{
		{"shared", "http://" + plain, nil, func(t *testing.T, all []logged, r transportReport) {
			if n := distinct(all, connection); n < pv/7 || uint64(n) != r.Profile.Connections.Opened {
				t.Errorf("nginx saw %d connections, %+v", n, r.Profile.Connections)
			}
		}},
		{"per-user over TLS", "https://" + secure, []string{"--connections", "per-user", "--cacert", "DIR/cert.pem"}, func(t *testing.T, all []logged, r transportReport) {
			users := map[string]string{}
			resumed := uint64(0)
			byConnection := map[string]bool{}
			for _, l := range all {
				if was, ok := users[l.connection]; ok && was != l.uid {
					t.Errorf("connection %s is of %s and %s", l.connection, was, l.uid)
				}
				users[l.connection] = l.uid
				if l.resumed == "r" && !byConnection[l.connection] {
					resumed++
				}
				byConnection[l.connection] = true
			}
			n := r.Profile.Connections
			// Ten hits a user and seven a connection: each user has two at least, and resumes its session on the second.
			if n.Opened < 2*uv || n.Resumed < uv || n.Resumed != resumed {
				t.Errorf("%+v; nginx resumed %d", n, resumed)
			}
		}},
		{"fresh", "http://" + plain, []string{"--connections", "fresh"}, func(t *testing.T, all []logged, _ transportReport) {
			if n := distinct(all, connection); n != pv {
				t.Errorf("%d connections", n)
			}
		}},
		{"HTTP/2", "https://" + secure, []string{"--http2", "--insecure"}, func(t *testing.T, all []logged, _ transportReport) {
			if n := distinct(all, func(l logged) string { return l.protocol }); n != 1 || all[0].protocol != "HTTP/2.0" {
				t.Errorf("%d protocols, one is %s", n, all[0].protocol)
			}
		}},
		{"a client's certificate and a server name", "https://" + secure, []string{"--cacert", "DIR/cert.pem", "--cert", "DIR/cert.pem", "--key", "DIR/key.pem", "--server-name", "127.0.0.1"},
			func(t *testing.T, all []logged, _ transportReport) {
				if all[0].verified != "SUCCESS" && !strings.HasPrefix(all[0].verified, "FAILED") { // it has one, which nobody has signed
					t.Errorf("nginx says of the certificate: %s", all[0].verified)
				}
			}},
		{"a socket", "http://shop.test", []string{"--unix", "DIR/socket"}, func(t *testing.T, all []logged, _ transportReport) {
			if all[0].address != "unix:" {
				t.Errorf("from %s", all[0].address)
			}
		}},
		{"a socket as target", "unix:DIR/socket", nil, func(t *testing.T, all []logged, _ transportReport) {
			if all[0].address != "unix:" {
				t.Errorf("from %s", all[0].address)
			}
		}},
		{"source addresses", "http://" + plain, []string{"--local-addr", "127.0.0.2,127.0.0.3", "--connect-to", "shop.test:80=" + plain}, func(t *testing.T, all []logged, _ transportReport) {
			if n := distinct(all, func(l logged) string { return l.address }); n != 2 {
				t.Errorf("from %d addresses", n)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := runNginx(t, server, plain, secure)
			args := append([]string{"attack", c.url, "--pv", fmt.Sprint(pv), "--uv", fmt.Sprint(uv), "--max-rate", "--max-in-flight", "1",
				"--balance-by", "header X-Worker", "--report", "json"}, c.args...)
			if strings.HasPrefix(c.url, "unix:") {
				args[1] = c.url
			}
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "DIR", dir)
			}
			cmd := exec.Command("loadx", args...)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Run(); exitCode(err) != 0 && exitCode(err) != 3 {
				t.Fatalf("%v\n%s%s", err, &stdout, &stderr)
			}
			var r transportReport
			if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
				t.Fatal(err)
			}
			all := readLogged(t, dir)
			if len(all) != pv || r.Profile.Status["200"] != pv || distinct(all, func(l logged) string { return l.uid }) != uv {
				t.Fatalf("nginx logged %d requests of %d users; %v, errors %v\n%s", len(all), distinct(all, func(l logged) string { return l.uid }), r.Profile.Status, r.Profile.Errors, &stderr)
			}
			known := map[string]bool{}
			for i, l := range all {
				want := "uid=" + l.uid
				if known[l.uid] {
					want += "; sid=" + l.uid
				}
				known[l.uid] = true
				if l.cookies != want {
					t.Fatalf("request %d has the cookies %s, want %s", i, l.cookies, want)
				}
			}
			if b := r.Profile.Balance; b.PV != pv || b.UV.Estimate != uv || b.Moved.Estimate != 0 {
				t.Errorf("balance %+v", b)
			}
			c.check(t, all, r)
		})
	}
}

// A transportReport is the part of a report that tells of connections and workers.
type transportReport struct {
	Profile struct {
		Status, Errors map[string]uint64
		Connections    struct{ Opened, Resumed, Reused, Evicted uint64 }
		Balance        struct {
			PV    uint64
			UV    struct{ Estimate uint64 }
			Moved struct{ Estimate uint64 } `json:"uv_moved"`
		}
	}
}
