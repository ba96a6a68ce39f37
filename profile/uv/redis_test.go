package uv

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestRedisDenseLayout(t *testing.T) {
	all := hashes(30, 20_000)
	registers := registerOracle(all, RedisPrecision)
	for _, c := range []*Counter{
		counterOf(NoLimit, 4, all), counterOf(10, 14, all), counterOf(10, 16, all), counterOf(10, 18, all),
	} {
		blob, err := c.RedisDense([]byte("prefix"))
		if err != nil {
			t.Fatal(err)
		}
		blob, ok := bytes.CutPrefix(blob, []byte("prefix"))
		if !ok || len(blob) != RedisLen || RedisLen != 12304 {
			t.Fatalf("%d bytes", len(blob))
		}
		if want := "HYLL\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80"; string(blob[:16]) != want {
			t.Errorf("header %q, want %q", blob[:16], want)
		}
		for i, want := range registers {
			bit := 6 * i
			v := int(blob[16+bit/8]) >> (bit % 8)
			if bit%8 > 2 {
				v |= int(blob[16+bit/8+1]) << (8 - bit%8)
			}
			if byte(v&63) != want {
				t.Fatalf("precision %d: register %d = %d, want %d", c.Precision(), i, v&63, want)
			}
		}
	}
	if _, err := counterOf(10, 13, all).RedisDense(nil); err == nil {
		t.Error("a sketch of precision 13 is exported")
	}
}

// A real Redis must hold, byte for byte, what RedisDense exports, and must count with it.
func TestRedisServer(t *testing.T) {
	redis := startRedis(t)
	redis.do(t, "CONFIG", "SET", "hll-sparse-max-bytes", "0") // dense from the first element on
	for _, n := range []int{1, 10, 1000, 20_000} {
		for _, c := range []*Counter{NewCounter(NoLimit, 14), NewCounter(100, 14), NewCounter(100, 16)} {
			redis.do(t, "DEL", "added", "exported")
			args := []string{"PFADD", "added"}
			for i := range n {
				key := fmt.Sprintf("10.1.%d.%d\x00agent %d", i>>8, i&255, i*i)
				c.Add(HashString(key))
				if args = append(args, key); len(args) == 1000 || i == n-1 {
					redis.do(t, args...)
					args = args[:2]
				}
			}
			blob, err := c.RedisDense(nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := redis.do(t, "GET", "added"); got != string(blob) {
				t.Fatalf("%d elements, limit %d, precision %d: Redis holds other bytes", n, c.Limit(), c.Precision())
			}
			redis.do(t, "SET", "exported", string(blob))
			added, exported, both := redis.do(t, "PFCOUNT", "added"), redis.do(t, "PFCOUNT", "exported"), redis.do(t, "PFCOUNT", "added", "exported")
			if added != exported || added != both {
				t.Errorf("%d elements: PFCOUNT %s, of the export %s, of both %s", n, added, exported, both)
			}
			count, err := strconv.ParseFloat(added, 64)
			if e := c.Estimate(); err != nil || count < 0.99*float64(e.Low) || count > 1.01*float64(e.High)+1 {
				t.Errorf("%d elements: PFCOUNT %s, ours %+v", n, added, e)
			}
		}
	}
}

type redisConn struct {
	conn net.Conn
	in   *bufio.Reader
}

// startRedis starts a redis-server on a socket of its own. Without the program it skips, and under CI=true fails.
func startRedis(t *testing.T) *redisConn {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("redis-server is missing; install it (Debian: redis-server)")
		}
		t.Skip("SKIPPED: redis-server is missing, so the export is not held against a real Redis (Debian: redis-server)")
	}
	dir, err := os.MkdirTemp("", "redis") // t.TempDir may be too long for a socket's name
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	cmd := exec.Command(program, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--dir", dir, "--daemonize", "no", "--logfile", "")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	drained := make(chan struct{})
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-drained
		cmd.Wait()
	})
	lines, ready := bufio.NewScanner(out), false
	for !ready && lines.Scan() {
		log.WriteString(lines.Text() + "\n")
		ready = strings.Contains(lines.Text(), "ready to accept connections")
	}
	go func() {
		io.Copy(io.Discard, out)
		close(drained)
	}()
	if !ready {
		t.Fatalf("redis-server did not start:\n%s", log.String())
	}
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return &redisConn{conn: conn, in: bufio.NewReader(conn)}
}

// do sends a command and returns its reply, a string or a number as text.
func (r *redisConn) do(t *testing.T, args ...string) string {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	if _, err := r.conn.Write(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	line, err := r.in.ReadString('\n')
	if err != nil || len(line) < 3 {
		t.Fatalf("%s: reply %q: %v", args[0], line, err)
	}
	line = strings.TrimSuffix(line, "\r\n")
	switch line[0] {
	case '+', ':':
		return line[1:]
	case '$':
		n, err := strconv.Atoi(line[1:])
		if err != nil || n < 0 {
			t.Fatalf("%s: reply %q", args[0], line)
		}
		reply := make([]byte, n+2)
		if _, err := io.ReadFull(r.in, reply); err != nil {
			t.Fatal(err)
		}
		return string(reply[:n])
	}
	t.Fatalf("%s: %s", args[0], line)
	return ""
}
