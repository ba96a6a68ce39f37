package compare

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/loadx/loadx/profile"
)

// SentSeen holds an attack against what the server's log saw of it, sent.Seen, whose page views must be counted raw. The
// rows are, in this order:
//
//   - pv: page views sent, and hits in the log;
//   - uv: users sent, exact, and visitors in the log; its Union counts the values that the users sent and those that the
//     log saw together, so that a union as large as each of the two means the same users and not merely as many;
//   - status.N for every code that occurs on either side, in ascending order, or one row "status" without Head if the log
//     does not carry the status;
//   - status.none if there are hits without a response, or lines without a status.
//
// A hit that got a response must be in the log, with that status. One that got none may be there, with any status; but
// none that was refused or whose host has no address.
func SentSeen(sent *profile.Profile) ([]Difference, error) {
	seen := sent.Seen
	switch {
	case sent.Source != profile.Attack:
		return nil, errors.New("compare: sent and seen: the profile is not of an attack")
	case seen == nil:
		return nil, errors.New("compare: sent and seen: no log of the server was read during the attack")
	case seen.Source != profile.AccessLog:
		return nil, errors.New("compare: sent and seen: what was seen is not of an access log")
	case seen.PageViews != seen.Hits:
		return nil, fmt.Errorf("compare: sent and seen: the log's page views are counted as %q: only raw ones are held against what was sent",
			seen.Definitions.PageViews)
	}
	v, err := newVisitors(sent, seen)
	if err != nil {
		return nil, fmt.Errorf("compare: sent and seen: %w", err)
	}
	rows := []Difference{pageViews(sent, v), v.difference(sent)}
	return append(rows, statuses(sent, v)...), nil
}

// answered is how many hits got a response; the others may be in the log, but for those that never reached a server.
func answered(sent *profile.Profile) (certain, possible uint64) {
	possible = sent.NoStatus
	for _, class := range []profile.ErrorClass{profile.ErrRefused, profile.ErrDNS} {
		if f := sent.Failures[class]; f != nil {
			possible -= min(f.NoStatus, possible)
		}
	}
	return sent.Hits - sent.NoStatus, possible
}

func pageViews(sent *profile.Profile, v visitors) Difference {
	seen := sent.Seen
	d := newDifference("pv", countOf(sent.PageViews), countOf(seen.PageViews))
	certain, possible := answered(sent)
	missing, surplus := over(certain, seen.Hits), over(seen.Hits, certain+possible)
	d.Agrees = missing == 0 && surplus == 0 && v.strangers() == 0

	var why reasons
	if n := sent.Redirects; n > 0 {
		why.add("redirect hops add " + several(n, "hit"))
	}
	if n := sent.Retries; n > 0 {
		why.add("requests sent again on a fresh connection add " + several(n, "hit"))
	}
	if sent.NoStatus > 0 && missing == 0 && v.strangers() == 0 {
		why.add(fmt.Sprintf("%s got no response (%s), of which %d can be in the log and %d %s",
			several(sent.NoStatus, "hit"), withoutStatus(sent), possible, min(seen.Hits-certain, possible), are(min(seen.Hits-certain, possible))))
	}
	if text := v.whoElse(); text != "" {
		why.add(text)
	} else if surplus > 0 {
		why.add("unexplained: " + several(surplus, "hit") + " more than can have been sent")
	}
	if missing > 0 {
		why.add(missed(missing, seen))
	}
	d.Explanation = why.String()
	return d
}

func missed(n uint64, seen *profile.Profile) string {
	text := several(n, "hit") + " with a response " + are(n) + " not in the log"
	if bad := seen.Lines.Bad; bad > 0 {
		return text + ": " + several(bad, "line") + " of it could not be parsed"
	}
	if filtered := seen.Lines.Filtered; filtered > 0 {
		return text + ": " + several(filtered, "line") + " of it were filtered out"
	}
	return "unexplained: " + text + ": it may be buffered and not written yet, or another server answered"
}

// withoutStatus lists the classes of the hits that got no response: 3 timeout, 2 reset.
func withoutStatus(sent *profile.Profile) string {
	var parts []string
	for class, f := range sent.Failures {
		if f.NoStatus > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", f.NoStatus, class))
		}
	}
	sort.Slice(parts, func(i, j int) bool {
		a, b := strings.Fields(parts[i])[1], strings.Fields(parts[j])[1]
		return a < b
	})
	return strings.Join(parts, ", ")
}

func statuses(sent *profile.Profile, v visitors) []Difference {
	seen := sent.Seen
	if seen.Hits > 0 && seen.Status.Total() == 0 {
		d := newDifference("status", countOf(sent.Status.Total()), nil)
		d.Explanation = "the log does not carry the status"
		return []Difference{d}
	}
	var surplus uint64
	_, possible := answered(sent)
	for code := range 1000 {
		surplus += over(seen.Status.Count(code), sent.Status.Count(code))
	}
	var rows []Difference
	for code := range 1000 {
		a, b := sent.Status.Count(code), seen.Status.Count(code)
		if a == 0 && b == 0 {
			continue
		}
		d := newDifference(fmt.Sprintf("status.%d", code), countOf(a), countOf(b))
		switch {
		case a == b:
			d.Agrees = true
		case b > a && surplus <= possible:
			d.Agrees = true
			d.Explanation = several(b-a, "hit") + " that got no response"
		case b > a && v.strangers() > 0:
			d.Explanation = fmt.Sprintf("%d more than were received: the log holds hits that are not ours", b-a)
		case b > a:
			d.Explanation = fmt.Sprintf("unexplained: %d more than were received", b-a)
		default:
			d.Explanation = fmt.Sprintf("unexplained: %d fewer than were received", a-b)
		}
		rows = append(rows, d)
	}
	if sent.NoStatus == 0 && seen.NoStatus == 0 {
		return rows
	}
	return append(rows, withoutAny(sent, seen))
}

// withoutAny compares the hits that got no response with the lines that have no status.
func withoutAny(sent, seen *profile.Profile) Difference {
	d := newDifference("status.none", countOf(sent.NoStatus), countOf(seen.NoStatus))
	_, possible := answered(sent)
	d.Agrees = seen.NoStatus <= possible
	switch {
	case !d.Agrees:
		d.Explanation = "unexplained: " + several(seen.NoStatus-possible, "line") + " without a status more than hits without a response"
	case sent.NoStatus > seen.NoStatus:
		d.Explanation = "a hit that got no response has a status in the log or is not there"
	}
	return d
}
