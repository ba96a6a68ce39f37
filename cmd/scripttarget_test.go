package cmd_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/loadx/loadx/cmd/site"
)

// A target is a web server that a script attacks. It writes its access log without the code of loadx.
type target struct {
	server  *http.Server
	url     string
	log     *os.File
	logged  string        // a request header that the log carries behind combined, "" for none; of Cookie the value of uid
	release chan struct{} // closed to let hanging requests go
	answer  func(t *target, w http.ResponseWriter, r *http.Request) (status int)

	mu       sync.Mutex
	hits     int
	inFlight int
	last     time.Time
}

func (t *target) lastArrival() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last
}

func (t *target) counts() (hits, inFlight int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.hits, t.inFlight
}

func (t *target) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t.mu.Lock()
	t.hits++
	t.inFlight++
	t.last = time.Now()
	t.mu.Unlock()
	status := t.answer(t, w, r)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inFlight--
	if status == 0 || t.log == nil {
		return
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	line := fmt.Sprintf(`%s - - [%s] "%s %s %s" %d 3 "-" "%s"`, host, time.Now().Format("02/Jan/2006:15:04:05 -0700"),
		r.Method, r.RequestURI, r.Proto, status, r.UserAgent())
	if t.logged != "" {
		value := r.Header.Get(t.logged)
		if t.logged == "Cookie" {
			value = strings.TrimPrefix(value, "uid=")
		}
		if value == "" {
			value = "-"
		}
		line += ` "` + value + `"`
	}
	fmt.Fprintln(t.log, line)
}

func (t *target) close() {
	close(t.release)
	t.server.Close()
	if t.log != nil {
		t.log.Close()
	}
}

func respond(w http.ResponseWriter, status int) int {
	w.WriteHeader(status)
	io.WriteString(w, "ok\n") //nolint:errcheck // the client may be gone
	return status
}

// startTarget serves on a free port of 127.0.0.1; log may be nil.
func startTarget(log *os.File, logged string, answer func(*target, http.ResponseWriter, *http.Request) int) (*target, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t := &target{url: "http://" + l.Addr().String(), log: log, logged: logged, release: make(chan struct{}), answer: answer}
	t.server = &http.Server{Handler: t}
	go t.server.Serve(l) //nolint:errcheck // it ends with ErrServerClosed
	return t, nil
}

// server KIND [ARG] starts a web server on loopback, sets URL and LOG, and is the one that `hits` and `inflight` ask:
//
//	site             loadx's own demo site; its log is combined with the cookie uid
//	ok, plain        every answer is 200; the log is combined, of ok with the cookie uid behind
//	header NAME      every answer is 200; the log is combined with that request header behind
//	status CODE      every answer is that
//	stall DURATION   every answer takes that long
//	hang             no answer comes while the script runs
//	reset            every connection is reset
//	redirect         every answer leads to another host, whose log is LOG
//	refuse           nobody listens
func cmdServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: server kind [arg]")
	}
	state := stateOf(ts)
	logPath := filepath.Join(ts.MkAbs("."), "access-"+args[0]+".log")
	ts.Setenv("LOG", logPath)
	kind, arg := args[0], strings.Join(args[1:], " ")
	if kind == "site" {
		s, err := site.Start(logPath)
		ts.Check(err)
		state.closers = append(state.closers, func() { s.Close() })
		ts.Setenv("URL", s.URL())
		ts.Setenv("ADDRESS", strings.TrimPrefix(s.URL(), "http://"))
		return
	}
	answer := answers(ts, kind, arg)
	log, err := os.Create(logPath)
	ts.Check(err)
	logged := map[string]string{"plain": "", "header": arg}
	header, ok := logged[kind]
	if !ok {
		header = "Cookie"
	}
	t, err := startTarget(log, header, answer)
	ts.Check(err)
	state.closers = append(state.closers, t.close)
	if kind == "refuse" {
		t.server.Close()
	}
	state.target = t
	ts.Setenv("URL", t.url)
}

func answers(ts *testscript.TestScript, kind, arg string) func(*target, http.ResponseWriter, *http.Request) int {
	switch kind {
	case "ok", "plain", "header", "refuse":
		return func(_ *target, w http.ResponseWriter, _ *http.Request) int { return respond(w, http.StatusOK) }
	case "status":
		code := number(ts, arg)
		return func(_ *target, w http.ResponseWriter, _ *http.Request) int { return respond(w, code) }
	case "stall":
		d := duration(ts, arg)
		return func(t *target, w http.ResponseWriter, _ *http.Request) int {
			select {
			case <-time.After(d):
			case <-t.release:
			}
			return respond(w, http.StatusOK)
		}
	case "hang":
		return func(t *target, _ http.ResponseWriter, r *http.Request) int {
			select {
			case <-t.release:
			case <-r.Context().Done():
			}
			return 0
		}
	case "reset":
		return func(_ *target, w http.ResponseWriter, _ *http.Request) int {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				conn.(*net.TCPConn).SetLinger(0) //nolint:errcheck // best effort: a reset and no orderly end
				conn.Close()
			}
			return 0
		}
	case "redirect":
		return redirecting(ts)
	}
	ts.Fatalf("no such server: %s", kind)
	return nil
}

// redirecting leads to a host of another name, which writes what identity reached it into OTHER_LOG.
func redirecting(ts *testscript.TestScript) func(*target, http.ResponseWriter, *http.Request) int {
	path := filepath.Join(ts.MkAbs("."), "other.log")
	f, err := os.Create(path)
	ts.Check(err)
	var mu sync.Mutex
	other, err := startTarget(nil, "", func(_ *target, w http.ResponseWriter, r *http.Request) int {
		mu.Lock()
		fmt.Fprintf(f, "%s %s cookie=%q agent=%q\n", r.Method, r.URL, r.Header.Get("Cookie"), r.UserAgent())
		mu.Unlock()
		return respond(w, http.StatusOK)
	})
	ts.Check(err)
	state := stateOf(ts)
	state.closers = append(state.closers, other.close, func() { f.Close() })
	ts.Setenv("OTHER_LOG", path)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(other.url, "http://"))
	ts.Check(err)
	return func(_ *target, w http.ResponseWriter, _ *http.Request) int {
		w.Header().Set("Location", "http://localhost:"+port+"/elsewhere")
		return respond(w, http.StatusFound)
	}
}

// hits N [exactly] waits until the target has got that many requests; exactly wants no other number, now.
func cmdHits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: hits n [exactly]")
	}
	want, t := number(ts, args[0]), stateOf(ts).target
	if len(args) == 2 && args[1] == "exactly" {
		if got, _ := t.counts(); got != want {
			ts.Fatalf("the target got %d requests, want %d", got, want)
		}
		return
	}
	eventually(ts, strconv.Itoa(want)+" requests", func() bool {
		got, _ := t.counts()
		return got >= want
	})
}

// inflight N waits until that many requests wait for their answer.
func cmdInFlight(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: inflight n")
	}
	want, t := number(ts, args[0]), stateOf(ts).target
	eventually(ts, args[0]+" requests in flight", func() bool {
		_, got := t.counts()
		return got >= want
	})
}
