package accesslog

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const nginxFormat = `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" ` +
	`$request_time $msec "$cookie_uid" "$http_x_user_id" $time_iso8601 $request_method|$uri|$args "$http_x_forwarded_for" "$http_host"`

const nginxConf = `daemon off; master_process off; error_log %[1]s/error.log; pid %[1]s/pid;
events { worker_connections 64; }
http {
  log_format probe '%[3]s';
  access_log %[1]s/access.log probe;
  client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
  server { listen 127.0.0.1:%[2]d; location / { return 200 "ok\n"; } }
}
`

// startNginx runs nginx on loopback and returns its address and access log.
func startNginx(t *testing.T) (addr, log string) {
	t.Helper()
	binary, err := exec.LookPath("nginx")
	if err != nil {
		binary, err = exec.LookPath("/usr/sbin/nginx") // not on everybody's path
	}
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("nginx is not installed: `make setup` installs it")
	}
	if err != nil {
		t.Skip("SKIPPED, NOT TESTED: nginx IS NOT INSTALLED; `make setup` installs it")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	dir := t.TempDir()
	conf := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, nginxConf, dir, port, nginxFormat), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-p", dir, "-c", conf, "-e", filepath.Join(dir, "error.log"))
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	addr = fmt.Sprintf("127.0.0.1:%d", port)
	for deadline := time.Now().Add(10 * time.Second); ; {
		c, err := net.DialTimeout("tcp", addr, time.Second)
		if err == nil {
			c.Close()
			return addr, filepath.Join(dir, "access.log")
		}
		if time.Now().After(deadline) {
			t.Fatalf("nginx does not answer: %v\n%s", err, output.Bytes())
		}
		time.Sleep(5 * time.Millisecond) // a poll until a process of its own is up
	}
}

// logLine returns line i of the log once nginx has written it, which may be
// after it has closed the connection.
func logLine(t *testing.T, log string, i int) []byte {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		data, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		if lines := bytes.SplitAfter(data, []byte("\n")); len(lines) > i+1 {
			return bytes.TrimSuffix(lines[i], []byte("\n"))
		}
		if time.Now().After(deadline) {
			t.Fatalf("nginx has not logged request %d: %q", i, data)
		}
	}
}

// exchange sends raw bytes and reads until nginx closes the connection.
func exchange(t *testing.T, addr, raw string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, raw); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, c) // a reset after the answer is an end as well
}

// TestAgainstNginx sends requests to a real nginx and reads from its log what
// was sent; written again, each record is nginx's line byte for byte.
func TestAgainstNginx(t *testing.T) {
	addr, log := startNginx(t)
	headers := func(s string) string { return s + "Host: h.example\r\nConnection: close\r\n\r\n" }
	names := []string{"request", "method", "uri", "proto", "bad", "status", "referer", "user_agent", "cookie:uid", "header:x-user-id", "forwarded_for", "header:host", "path"}
	for i, c := range []struct{ raw, want string }{
		{headers("GET /a%20b?x=%22y%22 HTTP/1.1\r\nUser-Agent: a \"q\" \\ b\r\nReferer: http://x/\r\nCookie: z=1; uid=u-7\r\nX-User-Id: \xc3\xa9\x7f\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2\r\n"),
			`request="GET /a%20b?x=%22y%22 HTTP/1.1" method="GET" uri="/a%20b?x=%22y%22" proto="HTTP/1.1" bad=false status=200 referer="http://x/" user_agent="a \"q\" \\ b" cookie:uid="u-7" header:x-user-id="é\x7f" forwarded_for="1.1.1.1, 2.2.2.2" header:host="h.example" path=/a%20b`},
		{headers("POST /\"quoted\"\\ HTTP/1.1\r\nContent-Length: 0\r\nUser-Agent: \r\n"),
			`request="POST /\"quoted\"\\ HTTP/1.1" method="POST" uri="/\"quoted\"\\" proto="HTTP/1.1" bad=false status=200 referer=nil user_agent="" cookie:uid=nil header:x-user-id=nil forwarded_for=nil header:host="h.example" path=/"quoted"\`},
		{"GET /old\r\n\r\n", `request="GET /old" method="GET" uri="/old" proto=nil bad=false status=200 referer=nil user_agent=nil cookie:uid=nil header:x-user-id=nil forwarded_for=nil header:host=nil path=/old`},
		{"\x16\x03\x01\x02\x00\x01\r\n\r\n", `request="\x16\x03\x01\x02\x00\x01" method=nil uri=nil proto=nil bad=true status=400 referer=nil user_agent=nil cookie:uid=nil header:x-user-id=nil forwarded_for=nil header:host=nil path=`},
	} {
		before := time.Now().Truncate(time.Second)
		exchange(t, addr, c.raw)
		line := logLine(t, log, i)
		f := mustParse(t, nginxFormat)
		var r Record
		if err := f.NewParser().Parse(line, &r); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		equal(t, "record", say(&r, names...), c.want)
		equal(t, "address", string(r.Addr), "127.0.0.1")
		// nginx's clock is kept for a turn of its event loop.
		if at := time.Unix(0, r.Time); at.Before(before.Add(-2*time.Second)) || at.After(time.Now()) {
			t.Errorf("time %v is not now (%v)", at, before)
		}
		equal(t, "written again", string(f.Append(nil, &r)), string(line))
	}
}
