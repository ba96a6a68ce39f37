package uv

import (
	"fmt"
	"net/textproto"
	"slices"
	"strings"

	"github.com/loadx/loadx/profile/spelling"
)

// A PartKind says where a part of a visitor key comes from.
type PartKind uint8

// The kinds of parts. Cookie, Header and Field have a name.
const (
	PartIP        PartKind = iota + 1 // the client's address; see AppendIP
	PartUserAgent                     // the User-Agent header
	PartUser                          // the authenticated user
	PartHost                          // the host asked for
	PartCookie                        // a cookie
	PartHeader                        // a request header
	PartField                         // a field of the log line, by its name in the log's format
)

// partNames holds the words of the kinds in specs.
var partNames = map[PartKind]string{
	PartIP: "ip", PartUserAgent: "ua", PartUser: "user", PartHost: "host",
	PartCookie: "cookie", PartHeader: "header", PartField: "field",
}

// Named says whether a part of this kind has a name, as in cookie:NAME.
func (k PartKind) Named() bool { return k == PartCookie || k == PartHeader || k == PartField }

// String returns the kind's word in specs, such as "ip".
func (k PartKind) String() string {
	if name, ok := partNames[k]; ok {
		return name
	}
	return fmt.Sprintf("PartKind(%d)", uint8(k))
}

// A Part is one thing that tells visitors apart.
type Part struct {
	Kind PartKind
	Name string // of the cookie, header or field; header names are in canonical form, as in X-User-Id
}

// String returns the part as it stands in a spec, such as "cookie:uid".
func (p Part) String() string {
	if p.Kind.Named() {
		return p.Kind.String() + ":" + p.Name
	}
	return p.Kind.String()
}

// DefaultKey is the spec of the key that analyses use unless told otherwise.
const DefaultKey = "ip+ua"

// A Key says what makes a visitor: one or more parts. Hits with equal texts in all parts are of one visitor. [Builder]
// joins the texts. The zero value has no parts, and under it no hit has a visitor. A Key is immutable.
type Key struct {
	parts []Part
}

// ParseKey reads a key from its spec: parts joined by "+", each one of
//
//	ip  ua  user  host  cookie:NAME  header:NAME  field:NAME
//
// Blanks around parts and the case of the words do not count. The order does: it is the order of the texts under the
// hash. Names consist of letters, digits and any of !#$%&'*-.^_`|~ and, for fields, also of @/[]{}.
func ParseKey(spec string) (Key, error) {
	if strings.TrimSpace(spec) == "" {
		return Key{}, fmt.Errorf("uv: empty visitor key; %s is the usual one", DefaultKey)
	}
	var k Key
	for text := range strings.SplitSeq(spec, "+") {
		part, err := parsePart(strings.TrimSpace(text))
		if err != nil {
			return Key{}, fmt.Errorf("uv: visitor key %q: %w", spec, err)
		}
		if slices.Contains(k.parts, part) {
			return Key{}, fmt.Errorf("uv: visitor key %q: %s stands there twice", spec, part)
		}
		k.parts = append(k.parts, part)
	}
	return k, nil
}

func parsePart(text string) (Part, error) {
	if text == "" {
		return Part{}, fmt.Errorf("empty part")
	}
	word, name, named := strings.Cut(text, ":")
	kind, ok := kindOf(strings.ToLower(strings.TrimSpace(word)))
	if !ok {
		return Part{}, unknownPart(word, name, named)
	}
	name = strings.TrimSpace(name)
	switch {
	case kind.Named() && name == "":
		return Part{}, fmt.Errorf("%s needs a name: %s:NAME", kind, kind)
	case !kind.Named() && named:
		return Part{}, fmt.Errorf("%s takes no name", kind)
	}
	if r, found := foreignRune(name, kind); found {
		return Part{}, fmt.Errorf("%s name %q must not hold %q", kind, name, r)
	}
	if kind == PartHeader {
		name = textproto.CanonicalMIMEHeaderKey(name)
	}
	return Part{Kind: kind, Name: name}, nil
}

func kindOf(word string) (PartKind, bool) {
	for kind, name := range partNames {
		if name == word {
			return kind, true
		}
	}
	return 0, false
}

// foreignRune returns the first rune of name that must not be in it.
func foreignRune(name string, kind PartKind) (foreign rune, found bool) {
	for _, r := range name {
		if !nameRune(r, kind) {
			return r, true
		}
	}
	return 0, false
}

// nameRune says whether r may be in a name: what RFC 9110, section 5.6.2, allows in a token, except the "+" that joins
// parts; and in a field what log formats and paths into JSON put there.
func nameRune(r rune, kind PartKind) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return true
	case strings.ContainsRune("!#$%&'*-.^_`|~", r):
		return true
	}
	return kind == PartField && strings.ContainsRune("@/[]{}", r)
}

// unknownPart says that there is no such part, and which one may have been meant.
func unknownPart(word, name string, named bool) error {
	const known = "a part is one of ip, ua, user, host, cookie:NAME, header:NAME, field:NAME"
	lower := strings.ToLower(strings.TrimSpace(word))
	var best PartKind
	var words []string
	for kind := PartIP; kind <= PartField; kind++ {
		words = append(words, kind.String())
	}
	if near := spelling.Nearest(lower, words); near != "" {
		best = PartIP + PartKind(slices.Index(words, near))
	}
	if kind, ok := synonyms[lower]; ok {
		best = kind
	}
	if best == 0 {
		return fmt.Errorf("unknown part %q; %s", word, known)
	}
	meant := Part{Kind: best, Name: "NAME"}
	name = strings.TrimSpace(name)
	if _, foreign := foreignRune(name, best); named && name != "" && !foreign {
		meant.Name = name
	}
	return fmt.Errorf("unknown part %q; did you mean %s? %s", word, meant, known)
}

// synonyms holds what people write who know other tools. They are hints and no second spelling, so that a spec has one
// canonical form.
var synonyms = map[string]PartKind{
	"addr": PartIP, "address": PartIP, "client": PartIP, "clientip": PartIP, "remote_addr": PartIP, "ipaddr": PartIP,
	"agent": PartUserAgent, "useragent": PartUserAgent, "user-agent": PartUserAgent, "user_agent": PartUserAgent,
	"remote_user": PartUser, "username": PartUser, "login": PartUser, "vhost": PartHost, "domain": PartHost,
}

// String returns the canonical spec: ParseKey reads it as an equal key, and equal keys have equal specs.
func (k Key) String() string {
	var b strings.Builder
	for i, p := range k.parts {
		if i > 0 {
			b.WriteByte('+')
		}
		b.WriteString(p.String())
	}
	return b.String()
}

// Parts returns the parts in order. The caller owns the slice.
func (k Key) Parts() []Part { return slices.Clone(k.parts) }

// Has says whether a part is of this kind.
func (k Key) Has(kind PartKind) bool {
	return slices.ContainsFunc(k.parts, func(p Part) bool { return p.Kind == kind })
}
