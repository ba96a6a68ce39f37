package analyze

import (
	"runtime"
	"time"

	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/analyze/client"
	"github.com/loadx/loadx/analyze/filter"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
)

// Options say how lines are read and what they count as. The zero value detects the format and counts web page views of
// visitors by address and User-Agent.
type Options struct {
	// Format is the format of every line; nil detects it for each file from its first lines.
	Format *accesslog.Format
	// Key names what makes a visitor; a key without parts stands for [uv.DefaultKey].
	Key uv.Key
	// IPv6Prefix is how many leading bits of an IPv6 address make a visitor; 0 stands for 64.
	IPv6Prefix int
	// PageViews says which hits are page views; 0 stands for Web.
	PageViews PageViews
	// Since and Until leave out the hits before the one and from the other on; the zero time does not limit. Left out
	// lines are counted as filtered, those without an instant too when either is set.
	Since, Until time.Time
	// SinceByClock and UntilByClock say that the one or the other is no instant but the reading, in whatever location, of
	// the clock of the zone that is counted, which may be the log's own.
	SinceByClock, UntilByClock bool
	// Zone is the zone whose days and hours are counted; nil takes the offset of the first line that has one, or UTC.
	Zone *time.Location
	// LogZone is the zone of the clock of logs whose lines carry no offset; nil takes UTC.
	LogZone *time.Location
	// Filter, when set, leaves out the hits that it does not match; they are counted as filtered.
	Filter *filter.Filter
	// Client says which proxies the connections come from; the zero value takes every connection's address as the client's.
	Client client.Options
	// Secret, when set, keys the hash of visitors.
	Secret *uv.Secret
	// Paths says how paths become pages.
	Paths Paths
	// Fields are what to count hits by beside the tables that a profile always has: fields of the format's own, by the
	// names that [accesslog.Format.Slot] knows, and status, status_class, bytes and duration (by their magnitude), hour,
	// weekday, day and month (in Zone), path and query. A name of these is a field of the format's own as "field:NAME".
	// There are at most [profile.MaxFields].
	Fields []string
	// Workers is how many goroutines parse; 0 stands for one a core, [MaxDefaultWorkers] at most.
	Workers int
	// Limits bound the memory.
	Limits profile.Limits
	// Progress, when set, is called about ten times a second from one goroutine.
	Progress func(Progress)
}

// bound makes instants of the bounds that are clock readings.
func (o *Options) bound(zone *time.Location) {
	for _, b := range []struct {
		at      *time.Time
		byClock *bool
	}{{&o.Since, &o.SinceByClock}, {&o.Until, &o.UntilByClock}} {
		if t := b.at; *b.byClock && !t.IsZero() {
			*t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
		}
		*b.byClock = false
	}
}

// MaxDefaultWorkers is how many workers there are unless more are asked for. Each takes up to 32 MiB of memory at worst,
// and three are faster than disks are.
const MaxDefaultWorkers = 3

// Progress is how far reading is.
type Progress struct {
	// Name is the file being read.
	Name string
	// Done and Total are bytes as they are on disk, over all files; Total is -1 where it is unknown.
	Done, Total int64
	// Lines is the number of lines read.
	Lines int64
}

func (o Options) withDefaults() Options {
	if len(o.Key.Parts()) == 0 {
		o.Key, _ = uv.ParseKey(uv.DefaultKey)
	}
	if o.PageViews == 0 {
		o.PageViews = Web
	}
	if o.Workers <= 0 {
		o.Workers = min(runtime.GOMAXPROCS(0), MaxDefaultWorkers)
	}
	return o
}
