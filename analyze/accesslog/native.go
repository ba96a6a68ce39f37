package accesslog

import "time"

// nativeVars extends nginx's variables by what other programs log. The
// language of the built-in text formats that nobody else has a notation for is
// nginx's with these.
var nativeVars = map[string]*spec{
	"time_clf_ms":      specTimeLayout("%d/%b/%Y:%H:%M:%S.%f"),
	"epoch_s":          specEpoch(time.Second),
	"epoch_ms":         specEpoch(time.Millisecond),
	"epoch_us":         specEpoch(time.Microsecond),
	"duration_s":       specDuration("duration_s", time.Second, 1),
	"duration_ms":      specDuration("duration_ms", time.Millisecond, 2),
	"duration_us":      specDuration("duration_us", time.Microsecond, 3),
	"target_time":      specDuration("target_time", time.Second, 2),
	"upstream":         ranked(specUpstream, "upstream", 1),
	"forwarded_client": {kind: kindForwardedClient, name: "forwarded_for", rank: 1},
	"optional":         &markTail,
	"blanks":           &markBlanks,
}

// Marks that are no fields: behind ${blanks} any number of spaces may stand,
// behind ${optional} the line may end before any field.
var markBlanks, markTail spec

// nativeVar resolves a variable. Values hold no spaces where no quotes are
// around them; HAProxy's queues take along the headers behind them.
func nativeVar(name string) *spec {
	if s, ok := nativeVars[name]; ok {
		return s
	}
	s := nginxVar(name)
	if s.kind == kindExtra && s.shape == shapeText && name != "queues" {
		s = &spec{kind: kindExtra, shape: shapeToken, name: s.name}
	}
	return s
}

func compileNative(def string) (*program, *SpecError) {
	return compileVars(def, func(i int) int { return i }, escapeBytes, nativeVar)
}

// specTimeLayout is a whole time in strftime's notation.
func specTimeLayout(format string) *spec {
	l, err := compileLayout(format)
	if err != nil {
		panic("BUG: time layout " + format + ": " + err.Error())
	}
	return &spec{kind: kindTimePart, shape: shapeSelf, name: "time", layout: l}
}
