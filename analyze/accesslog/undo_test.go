package accesslog

import (
	"strings"
	"testing"
)

// naivePlus and naivePercent are the oracles: a byte after the other.
func naivePlus(v string) string {
	return strings.NewReplacer("++", " +", "+", " ").Replace(v)
}

func naivePercent(v string) string {
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		if v[i] == '%' && i+2 < len(v) {
			hi, lo := strings.IndexByte("0123456789abcdef", v[i+1]|0x20), strings.IndexByte("0123456789abcdef", v[i+2]|0x20)
			if hi >= 0 && lo >= 0 && v[i+1] >= '0' && v[i+2] >= '0' {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(v[i])
	}
	return b.String()
}

func checkUndo(t *testing.T, v string) {
	t.Helper()
	var p Parser
	const before = "be%66ore %2541 this"
	kept := p.undo(decodePercent, []byte(before), []byte(before))
	for _, c := range []struct {
		d    decoding
		want string
	}{{decodePlus, naivePlus(v)}, {decodePercent, naivePercent(naivePercent(v))}, {decodeNone, v}} {
		if c.d == decodePlus && strings.Contains(v, " ") {
			c.want = v
		}
		if got := p.undo(c.d, []byte(v), []byte(v)); string(got) != c.want {
			t.Fatalf("decoding %d of %q is %q, want %q", c.d, v, got, c.want)
		}
	}
	if string(kept) != "before A this" {
		t.Fatalf("%q: what was decoded before is now %q", v, kept)
	}
}

func TestUndo(t *testing.T) {
	for _, v := range []string{"Mozilla/5.0+(X11;+U;+Linux+i686)+Gecko/20100722", "a++b", "+++++++++", "abcdefg++hijklmn", "1234567+", "+1234567+1234567+",
		"Mozilla/5.0%2520(Windows;%2520U)%20x", "%", "%%", "%%2525", "%2", "%zz%41", "1234567%20", "12345%4", "a%25252541b", "", "+ +"} {
		for i := range len(v) + 1 {
			checkUndo(t, v[i:])
			checkUndo(t, v[:i])
			checkUndo(t, v[:i]+"+"+v[i:])
			checkUndo(t, v[:i]+"%"+v[i:])
		}
	}
}

func FuzzUndo(f *testing.F) {
	for _, v := range []string{"Mozilla/5.0+(X11;+U;++Linux)", "%2520%20+x", "%zz%4"} {
		f.Add(v)
	}
	f.Fuzz(checkUndo)
}
