package scenarios

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// carrier is a channel as compiled: it renders what the channel sends for a user.
type carrier struct {
	kind ChannelKind
	name string // of the cookie or header sent
	key  string // the visitor key that finds it in a log
	// value renders the channel's bytes.
	value template
	// capacity is how many users the channel tells apart, from number 0 on.
	capacity uint64
	path     string
}

// identity is an Identity as compiled.
type identity struct {
	carriers []carrier
	// userAgent is a literal User-Agent that does not depend on the user; it counts as no channel.
	userAgent *template
	// source numbers the users' source addresses, nil when there is no such channel.
	source *network
}

// defaultID is the template of a user's name when none is given.
const defaultID = "u{user}"

// defaultCookie is the name of the cookie that tells users apart when no identity is written.
const defaultCookie = "uid"

// compileIdentity compiles the channels; it reports what is wrong under the field identity.
func (c *compilation) compileIdentity(id Identity) identity {
	var out identity
	if id.None {
		return out
	}
	text := id.ID
	if text == "" {
		text = defaultID
	}
	name := &template{}
	if err := name.compile(text, c.syntax(cleanIdentity, true)); err != nil {
		c.addError("identity.id", err)
		return out
	}
	c.idText = text
	channels := id.Channels
	if len(channels) == 0 {
		channels = []Channel{{Kind: Cookie, Value: defaultCookie}}
	}
	used := map[string]bool{}
	for i, channel := range channels {
		if channel.path == "" {
			channel.path = index("identity.channels", i)
		}
		one, ok := c.compileChannel(channel, name)
		if !ok {
			continue
		}
		if one.kind == UserAgents && one.capacity == 1 {
			out.userAgent = &one.value
			continue
		}
		if used[one.key] {
			c.add(channel.path, fieldName(channel.path)+": a second channel "+quoted(one.key), "")
			continue
		}
		used[one.key] = true
		if one.kind == Source {
			out.source = one.value.parts[0].network
		}
		out.carriers = append(out.carriers, one)
	}
	return out
}

func (c *compilation) compileChannel(channel Channel, id *template) (carrier, bool) {
	one := carrier{kind: channel.Kind, path: channel.path, capacity: 1}
	value, err := expandEnvInto(channel.Value, c.options.Env, c.secrets)
	if err != nil && channel.Kind != UserAgents {
		c.addError(channel.path, err)
		return one, false
	}
	if id.has(userPart) {
		one.capacity = math.MaxUint64
	}
	one.value.parts = []part{{kind: idPart, id: id}}
	switch channel.Kind {
	case Cookie:
		one.name, one.key = value, "cookie:"+value
		err = checkToken(value, "the name of a cookie")
	case IdentityHeader:
		one.name, one.key = value, "header:"+value
		if err = checkToken(value, "the name of a header"); err == nil {
			err = checkHeaderName(value)
		}
	case ForwardedFor:
		one.name, one.key = "X-Forwarded-For", "header:X-Forwarded-For"
		var nw *network
		if nw, err = newNetwork(value); err == nil {
			one.capacity = nw.capacity
			one.value.parts = []part{{kind: addressPart, network: nw}}
		}
	case Query:
		one.name, one.key = value, "field:arg_"+value
		if err = checkQueryName(value); err == nil {
			one.value = template{}
			err = one.value.compile(c.idText, c.syntax(cleanQuery, true))
		}
	case Source:
		one.name, one.key = "source", "ip"
		var nw *network
		if nw, err = newNetwork(value); err == nil {
			if one.capacity = nw.capacity; !nw.v4 && !nw.subnets {
				one.capacity = 1 // a log takes a /64 for one visitor
			}
			one.value.parts = []part{{kind: clientPart, network: nw}}
		}
	case UserAgents:
		one.name, one.key = "User-Agent", "ua"
		one.value, one.capacity, err = c.compileUserAgent(channel.Value)
	default:
		err = errors.New("an unknown kind of channel")
	}
	if err != nil {
		c.addError(channel.path, err)
	}
	return one, err == nil
}

// compileUserAgent compiles the value of user_agent, "" for mixed.
func (c *compilation) compileUserAgent(text string) (t template, capacity uint64, err error) {
	if text == "" {
		return template{parts: []part{{kind: browserPart}}}, BrowserCapacity(), nil
	}
	if err := t.compile(text, c.syntax(cleanHeader, true)); err != nil {
		return t, 0, err
	}
	if t.has(userPart) {
		return t, math.MaxUint64, nil
	}
	return t, 1, nil
}

// checkCapacity warns of channels that can't hold the users, and reports the counting channel when it can't.
func (c *compilation) checkCapacity(id identity, uv uint64) {
	for i, one := range id.carriers {
		if one.capacity >= uv {
			continue
		}
		message := fmt.Sprintf("%s: can tell only %d users apart, and uv is %d", one.kind, one.capacity, uv)
		if i > 0 {
			c.warn(one.path, message, "users above that share its values; the counting channel "+quoted(id.carriers[0].key)+" is not concerned")
			continue
		}
		hint := "it is the first channel, by which visitors are counted: put a cookie or a header before it"
		switch one.kind {
		case ForwardedFor, Source:
			hint += ", or take a larger block"
		case Cookie, IdentityHeader, Query:
			hint = "put {user} into identity.id"
		}
		c.add(one.path, message, hint)
	}
}

// cleanIdentity lets through what a cookie's value may hold (RFC 6265, section 4.1.1): such text is also the same in
// a header and in a log.
func cleanIdentity(text string) (string, error) {
	for i := 0; i < len(text); i++ {
		if b := text[i]; b <= ' ' || b >= 0x7F || strings.IndexByte(`",;\`, b) >= 0 {
			return "", errors.New(`a user's name can't hold spaces, control bytes, quotes, commas, semicolons, backslashes or bytes above 0x7E`)
		}
	}
	return text, nil
}

// cleanQuery percent-encodes what the value of a query parameter can't hold (RFC 3986, section 3.4, with & + = and the
// rest that servers read as more than text).
func cleanQuery(text string) (string, error) {
	if _, err := cleanIdentity(text); err != nil {
		return "", err
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if c := text[i]; isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String(), nil
}

// checkQueryName says whether a name needs no encoding as that of a query parameter, and can be asked for in a log.
func checkQueryName(name string) error {
	if clean, err := cleanQuery(name); name == "" || err != nil || clean != name {
		return errors.New("the name of a query parameter can hold letters, digits and -._~ only")
	}
	return nil
}

// cleanHeader lets through what a header's value may hold (RFC 9110, section 5.5).
func cleanHeader(text string) (string, error) {
	for i := 0; i < len(text); i++ {
		if b := text[i]; b < ' ' && b != '\t' || b == 0x7F {
			return "", errors.New("a header can't hold line ends or other control bytes")
		}
	}
	return text, nil
}

// checkToken says whether text is an HTTP token (RFC 9110, section 5.6.2).
func checkToken(text, what string) error {
	if text == "" {
		return errors.New(what + " is empty")
	}
	if !all(text, isTokenByte) {
		return errors.New(what + " can hold letters, digits and !#$%&'*+-.^_`|~ only")
	}
	return nil
}

func isTokenByte(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// ownHeaders are set by the transport; a scenario can't.
var ownHeaders = map[string]string{
	"content-length":    "it follows from the body",
	"transfer-encoding": "it follows from the body",
	"connection":        "keepalive: false closes connections",
	"host":              "an identity can't be the host",
}

// checkHeaderName refuses the headers that the transport sets.
func checkHeaderName(name string) error {
	if reason, ok := ownHeaders[strings.ToLower(name)]; ok {
		return &hintedError{"header " + name + " is not yours to set", reason}
	}
	return nil
}
