package scenarios

import (
	"sort"
	"strings"
)

// lookUp returns the value of an environment variable.
func lookUp(name string, env func(string) (string, bool)) (string, error) {
	if !isVariable(name) {
		return "", &hintedError{"not the name of an environment variable", "write ${NAME}, with letters, digits and underscores; for a dollar and braces as they are, write ${{NAME}}"}
	}
	if env != nil {
		if value, ok := env(name); ok {
			return value, nil
		}
	}
	return "", &hintedError{"environment variable " + name + " is not set", "export it, or write ${{" + name + "}} in a template for the text itself"}
}

func isVariable(name string) bool {
	return name != "" && !isDigit(name[0]) && all(name, func(c byte) bool {
		return isDigit(c) || c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	})
}

// expandEnv replaces each ${NAME} of a text that is no template.
func expandEnv(text string, env func(string) (string, bool)) (string, error) {
	return expandEnvInto(text, env, nil)
}

// expandEnvInto is expandEnv; it notes the variables used in secrets, unless that is nil.
func expandEnvInto(text string, env func(string) (string, bool), secrets map[string]string) (string, error) {
	var b strings.Builder
	for offset := 0; ; {
		i := strings.Index(text[offset:], "${")
		if i < 0 {
			b.WriteString(text[offset:])
			return b.String(), nil
		}
		b.WriteString(text[offset : offset+i])
		offset += i
		end := strings.IndexByte(text[offset:], '}')
		if end < 0 {
			return "", &textError{offset, "a ${ without its }", ""}
		}
		name := text[offset+2 : offset+end]
		value, err := lookUp(name, env)
		if err != nil {
			return "", at(err, offset)
		}
		if secrets != nil {
			secrets[name] = value
		}
		b.WriteString(value)
		offset += end + 1
	}
}

// minSecret is the length in bytes from which a value is looked for in free text: shorter ones would blank out half of it.
const minSecret = 4

// newRedactor returns what replaces the values of environment variables by ${NAME}, longest value first.
func newRedactor(secrets map[string]string) *strings.Replacer {
	names := sortedKeys(secrets)
	sort.SliceStable(names, func(i, j int) bool { return len(secrets[names[i]]) > len(secrets[names[j]]) })
	var pairs []string
	for _, name := range names {
		if value := secrets[name]; len(value) >= minSecret {
			pairs = append(pairs, value, "${"+name+"}")
		}
	}
	return strings.NewReplacer(pairs...)
}
