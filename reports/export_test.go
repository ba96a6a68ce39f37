package reports

import "reflect"

// The types of the JSON report, from which its schema is made: the whole, and the parts of a profile that only an attack
// or only a log has.
var (
	JSONReport = reflect.TypeFor[jsonReport]()
	JSONAttack = []reflect.Type{reflect.TypeFor[jsonSent](), reflect.TypeFor[jsonOverTime]()}
	JSONLog    = []reflect.Type{reflect.TypeFor[jsonLog]()}
)
