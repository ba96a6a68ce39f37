package scenarios

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// MaxBodySize is the size in bytes up to which a body is read from a file.
const MaxBodySize = 16 << 20

// page is a Page as compiled.
type page struct {
	PageInfo
	scheme  string
	origin  int      // length of scheme://host in a rendered URL
	url     template // absolute
	host    template
	headers template // whole lines, each ended by CR LF
	body    template

	// written is what the hash covers.
	written []string
}

// origin is a target as compiled.
type origin struct {
	scheme, host, path string
	secret             bool // its host or path came from the environment
	shown              string
}

// compileTarget reads the base URL; ok is false when there is none or it is wrong.
func (c *compilation) compileTarget(text string) (o origin, ok bool) {
	if text == "" {
		return o, false
	}
	expanded, err := expandEnvInto(text, c.options.Env, c.secrets)
	switch path, isSocket := strings.CutPrefix(expanded, unixScheme); {
	case err != nil:
	case isSocket && path != "":
		c.unix, o = path, origin{scheme: "http", host: "localhost"}
	default:
		o, err = readOrigin(expanded)
	}
	if err != nil {
		c.addError("target", err)
		return o, false
	}
	o.secret, o.shown = expanded != text, strings.TrimSuffix(text, "/")
	return o, true
}

// readOrigin reads scheme, host and base path of an http or https URL. Its errors do not hold the text.
func readOrigin(text string) (origin, error) {
	const hint = "write it as in http://127.0.0.1:8080"
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return origin{}, &hintedError{"not a URL", hint}
	case u.Scheme != "http" && u.Scheme != "https":
		return origin{}, &hintedError{"a URL that begins with neither http:// nor https://", hint}
	case u.User != nil:
		return origin{}, &hintedError{"a URL with a user or password", "send an Authorization header instead"}
	case u.Hostname() == "" || !all(u.Host, func(b byte) bool { return b > ' ' && b < 0x7F }):
		return origin{}, &hintedError{"a URL without a host", hint}
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return origin{}, &hintedError{"a base URL with a query or fragment", "put the query into the pages"}
	}
	path, err := cleanURL(strings.TrimSuffix(u.EscapedPath(), "/"))
	return origin{scheme: u.Scheme, host: u.Host, path: path}, err
}

// cleanURL percent-encodes what a request line can't hold; percent signs stay as they are.
func cleanURL(text string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c < ' ' || c == 0x7F:
			return "", errors.New("a URL can't hold line ends or other control bytes")
		case c == '#':
			return "", &hintedError{"a URL with a fragment", "a fragment is never sent: remove it, or write %23"}
		case c == ' ' || c > 0x7F || strings.IndexByte("\"<>\\^`{|}", c) >= 0:
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

// compilePage compiles one page. Problems are reported under path.
func (c *compilation) compilePage(p Page, path string, id identity) *page {
	out := &page{PageInfo: PageInfo{Name: p.Name, Method: p.Method, Weight: max(p.Weight, 1), Expect: p.Expect, URL: p.URL}}
	if out.Method == "" {
		out.Method = http.MethodGet
	}
	if err := checkToken(out.Method, "a method"); err != nil {
		c.addError(path, err)
	} else if out.Method == http.MethodConnect {
		c.add(path, "method CONNECT is for proxies", "")
	}
	field := path
	if key := strings.ToLower(out.Method); methodKeys[key] == out.Method {
		field = child(path, key)
	}
	out.written = append(out.written, out.Method, p.URL)
	rest := c.compileURL(out, p.URL, field, id)
	if out.Name == "" {
		out.Name = pathName(rest)
	}
	c.checkPrinted(child(path, "name"), out.Name)
	if len(p.Headers) > 0 || len(c.headers) > 0 {
		c.compileHeaders(out, p.Headers, child(path, "headers"), id)
	} else {
		if c.identityLines == nil {
			c.compileHeaders(out, nil, "", id)
			c.identityLines = &out.headers
		}
		out.headers = *c.identityLines
	}
	c.compileBody(out, p.Body, child(path, "body"))
	return out
}

// isAbsolute says whether a URL has a scheme of HTTP's; schemes are written in any case (RFC 3986, section 3.1).
func isAbsolute(text string) bool {
	scheme, _, found := strings.Cut(text, "://")
	return found && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

// compileURL compiles the URL of a page and its host; it returns the path and query as written.
func (c *compilation) compileURL(out *page, text, field string, id identity) (pathAndQuery string) {
	base, start := c.target, 0
	switch {
	case text == "":
		c.add(field, fieldName(field)+": a page without a URL", "write a path, as in /item")
		return ""
	case isAbsolute(text):
		authority := strings.Index(text, "//") + 2
		start = authority + strings.IndexAny(text[authority:]+"/", "/?#")
		expanded, err := expandEnvInto(text[:start], c.options.Env, c.secrets)
		if err == nil && strings.ContainsAny(expanded, "{}") {
			err = &hintedError{"a host with a placeholder", "placeholders may stand in the path, the query, headers and the body"}
		}
		if err == nil {
			base, err = readOrigin(expanded)
			base.secret, base.shown = expanded != text[:start], text[:start]
		}
		if err != nil {
			c.addError(field, err)
			return ""
		}
	case text[0] != '/':
		c.add(field, fieldName(field)+": a URL that begins with neither / nor http:// nor https://", "a path is added to target; a whole URL is taken as it is")
		return ""
	case c.target.host == "":
		c.noTarget = true
	}
	var path template
	if err := path.compile(text[start:], c.syntax(cleanURL, false)); err != nil {
		if at := (*textError)(nil); errors.As(err, &at) {
			err = &textError{at.offset + start, at.reason, at.hint}
		}
		c.addError(field, err)
		return ""
	}
	out.scheme, out.origin = base.scheme, len(base.scheme)+len("://")+len(base.host)
	prefix := base.scheme + "://" + base.host + base.path
	if base.secret {
		out.url.parts = append(out.url.parts, part{kind: envPart, literal: []byte(prefix), shown: []byte(base.shown)})
	} else {
		out.url.addLiteral(prefix)
	}
	if rest := text[start:]; rest == "" || rest[0] != '/' {
		out.url.addLiteral("/")
	}
	out.url.join(path)
	separator := "?"
	if strings.Contains(text[start:], "?") {
		separator = "&"
	}
	for _, one := range id.carriers {
		if one.kind == Query {
			out.url.addLiteral(separator + one.name + "=")
			out.url.join(one.value)
			separator = "&"
		}
	}
	out.host.addLiteral(base.host)
	return text[start:]
}

// pathName is the default name of a page: its path up to the first placeholder.
func pathName(pathAndQuery string) string {
	name := pathAndQuery
	if i := strings.IndexAny(name, "?#{"); i >= 0 {
		name = name[:i]
	}
	name = strings.TrimSuffix(name, "$")
	if name = strings.TrimRight(name, "/"); name == "" {
		return "/"
	}
	return name
}

// compileHeaders lays out the header lines of a page: User-Agent, identity, the scenario's and the page's own.
func (c *compilation) compileHeaders(out *page, own Headers, path string, id identity) {
	identified := map[string]bool{}
	cookies := &template{}
	agent := false
	for _, one := range id.carriers {
		switch one.kind {
		case Cookie:
			if len(cookies.parts) > 0 {
				cookies.addLiteral("; ")
			}
			cookies.addLiteral(one.name + "=")
			cookies.join(one.value)
			continue
		case Query, Source:
			continue // in the URL, and in the connection
		case UserAgents:
			agent = true
		}
		identified[strings.ToLower(one.name)] = true
		out.headers.addLine(one.name, one.value)
	}
	if id.userAgent != nil {
		out.headers.addLine("User-Agent", *id.userAgent)
		identified["user-agent"], agent = true, true
	}
	replaced := map[string]bool{}
	for _, h := range own {
		replaced[strings.ToLower(h.Name)] = true
	}
	each := func(list Headers, path string, skip map[string]bool) {
		for _, h := range list {
			lower := strings.ToLower(h.Name)
			if skip[lower] {
				continue
			}
			at := child(path, h.Name)
			out.written = append(out.written, h.Name, h.Value)
			value, ok := c.compileHeader(h, at, identified)
			switch {
			case !ok:
			case lower == "host":
				out.host = value
			case lower == "cookie":
				if len(cookies.parts) > 0 {
					cookies.addLiteral("; ")
				}
				cookies.join(value)
			default:
				agent = agent || lower == "user-agent"
				out.headers.addLine(h.Name, value)
			}
		}
	}
	each(c.headers, "headers", replaced)
	each(own, path, nil)
	if len(cookies.parts) > 0 {
		out.headers.addLine("Cookie", *cookies)
	}
	if !agent {
		fallback := template{}
		fallback.addLiteral(c.userAgent)
		out.headers.addLine("User-Agent", fallback)
	}
}

// compileHeader compiles the value of one header.
func (c *compilation) compileHeader(h Header, path string, identified map[string]bool) (value template, ok bool) {
	err := checkToken(h.Name, "the name of a header")
	if err == nil && !strings.EqualFold(h.Name, "host") {
		err = checkHeaderName(h.Name)
	}
	if err == nil && identified[strings.ToLower(h.Name)] {
		err = &hintedError{"header " + h.Name + " already carries the user", "remove it here or from identity"}
	}
	if err == nil {
		err = value.compile(h.Value, c.syntax(cleanHeader, false))
	}
	if err != nil {
		c.addError(path, err)
		return value, false
	}
	return value, true
}

// addLine adds a header line.
func (t *template) addLine(name string, value template) {
	t.addLiteral(name + ": ")
	t.join(value)
	t.addLiteral("\r\n")
}

// compileBody compiles the body: a template, or the bytes of a file.
func (c *compilation) compileBody(out *page, text, path string) {
	file, isFile := strings.CutPrefix(text, "@")
	if !isFile || strings.HasPrefix(file, "@") {
		out.written = append(out.written, "text", text)
		shift := 0
		if isFile {
			text, shift = file, 1
		}
		if err := out.body.compile(text, c.syntax(nil, false)); err != nil {
			if at := (*textError)(nil); errors.As(err, &at) {
				err = &textError{at.offset + shift, at.reason, at.hint}
			}
			c.addError(path, err)
		}
		return
	}
	name, err := expandEnvInto(file, c.options.Env, c.secrets)
	if err != nil {
		c.addError(path, err)
		return
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(c.name), name)
	}
	content, err := readBody(name)
	if err != nil {
		c.add(path, "body: file "+quoted(file)+": "+err.Error(), "a body that begins with @ names a file beside the scenario; write @@ for the sign itself")
		return
	}
	sum := sha256.Sum256(content)
	out.written = append(out.written, "file", string(sum[:]))
	out.body.addLiteral(string(content))
}

// readBody reads a regular file of at most MaxBodySize. Its errors do not hold the path.
func readBody(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, cause(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	case info.Size() > MaxBodySize:
		return nil, fmt.Errorf("%d bytes, more than %d", info.Size(), MaxBodySize)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, MaxBodySize+1))
	if err != nil {
		return nil, cause(err)
	}
	if len(content) > MaxBodySize {
		return nil, fmt.Errorf("more than %d bytes", MaxBodySize)
	}
	return content, nil
}

// cause strips the path from a file error.
func cause(err error) error {
	var at *os.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
