// Package site is a small web site on loopback that writes an access log as nginx would: something to attack on a
// machine that has no web server.
package site

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/loadx/loadx/analyze/accesslog"
)

// LogFormat is the nginx log_format of the access log: combined, followed by the cookie that tells users apart.
const LogFormat = `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$cookie_uid"`

const flushEvery = 50 * time.Millisecond

// A Site is a running site. Its methods are safe for concurrent use.
type Site struct {
	url    string
	server *http.Server
	format *accesslog.Format
	cookie int // slot

	mu   sync.Mutex
	file *os.File
	log  *bufio.Writer
	line []byte
	err  error

	stop, stopped chan struct{}
}

// Start serves on a free port of 127.0.0.1 and appends to the log file. The site lives until [Site.Close].
func Start(logPath string) (*Site, error) {
	format, err := accesslog.Parse("nginx:" + LogFormat)
	if err != nil {
		return nil, fmt.Errorf("BUG: site: %w", err)
	}
	cookie, ok := format.Slot("cookie:uid")
	if !ok {
		return nil, errors.New("BUG: site: the log format has no cookie")
	}
	file, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("site: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("site: %w", err)
	}
	s := &Site{
		url: "http://" + listener.Addr().String(), format: format, cookie: cookie,
		file: file, log: bufio.NewWriterSize(file, 1<<16), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	s.server = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second}
	go s.flush()
	go s.server.Serve(listener) //nolint:errcheck // it ends with ErrServerClosed
	return s, nil
}

// URL is where the site is, without a path.
func (s *Site) URL() string { return s.url }

// Close stops serving and completes the log. It returns the first error of writing the log.
func (s *Site) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := s.server.Shutdown(ctx)
	close(s.stop)
	<-s.stopped
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(err, s.err, s.log.Flush(), s.file.Close())
}

func (s *Site) flush() {
	defer close(s.stopped)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
			s.mu.Lock()
			if err := s.log.Flush(); err != nil && s.err == nil {
				s.err = err
			}
			s.mu.Unlock()
		}
	}
}

const page = "<!doctype html><title>loadx demo</title><p>You asked for %s.\n"

func (s *Site) serve(w http.ResponseWriter, r *http.Request) {
	status, body := http.StatusOK, fmt.Sprintf(page, strings.NewReplacer("<", "&lt;", "&", "&amp;").Replace(r.URL.Path))
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	sent := 0
	if r.Method != http.MethodHead {
		sent, _ = io.WriteString(w, body)
	}
	s.write(r, status, sent)
}

func (s *Site) write(r *http.Request, status, bytes int) {
	now := time.Now()
	_, offset := now.Zone()
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	rec := accesslog.Record{
		Time: now.UnixNano(), HasTime: true, Offset: int32(offset), HasOffset: true, Status: status, Bytes: int64(bytes),
		Addr: []byte(host), Method: []byte(r.Method), URI: []byte(r.RequestURI), Proto: []byte(r.Proto),
		Referer: header(r, "Referer"), UserAgent: header(r, "User-Agent"),
	}
	if c, err := r.Cookie("uid"); err == nil {
		rec.SetSlot(s.cookie, []byte(c.Value))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line = append(s.format.Append(s.line[:0], &rec), '\n')
	if _, err := s.log.Write(s.line); err != nil && s.err == nil {
		s.err = err
	}
}

func header(r *http.Request, name string) []byte {
	if v := r.Header.Get(name); v != "" {
		return []byte(v)
	}
	return nil
}
