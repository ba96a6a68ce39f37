package profile

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// decode reads a profile and checks everything that the rest of the program relies on.
func decode(payload []byte) (*Profile, error) {
	p := newProfile(AccessLog, Limits{})
	if err := json.Unmarshal(payload, p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotProfile, err)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotProfile, err)
	}
	return p, nil
}

func (p *Profile) check() error {
	if p.Visitors == nil || p.Clients == nil || p.Failures == nil ||
		p.Service == nil || p.Response == nil || p.Lag == nil || p.Server == nil {
		return errors.New("a part is missing")
	}
	switch p.Source {
	case Attack:
		if p.Users == nil || p.Timeline == nil {
			return errors.New("an attack without users or timeline")
		}
		if p.FailedUsers != nil && p.FailedUsers.Population() != p.Users.Population() {
			return errors.New("users that failed are of another plan")
		}
	case AccessLog:
		if p.Lines == nil || p.Calendar == nil || p.Balance == nil || p.Users != nil || p.FailedUsers != nil {
			return errors.New("a log without lines, calendar or balance")
		}
	default:
		return fmt.Errorf("unknown source %q", p.Source)
	}
	for class, f := range p.Failures {
		if f == nil || len(f.Samples) > maxFailureSamples {
			return fmt.Errorf("the failures of class %q are out of bounds", class)
		}
	}
	if len(p.BadLines) > MaxBadLines {
		return errors.New("more bad lines than are kept")
	}
	for d, t := range p.Tables {
		if t == nil {
			return fmt.Errorf("the table %q is empty", d)
		}
	}
	for _, d := range dimensionsOf(p.Source) {
		if p.Tables[d] == nil {
			return fmt.Errorf("the table %q is missing", d)
		}
	}
	if p.Measured != nil {
		if err := p.Measured.check(); err != nil {
			return err
		}
	}
	if p.Planned != nil {
		if err := p.Planned.check(); err != nil {
			return err
		}
	}
	if p.Seen != nil {
		if p.Seen.Seen != nil {
			return errors.New("a log within a log")
		}
		return p.Seen.check()
	}
	return nil
}

func (p *Planned) check() error {
	if p.ShardCount == 0 || len(p.Shards) == 0 || !slices.IsSorted(p.Shards) || p.Shards[len(p.Shards)-1] >= p.ShardCount {
		return errors.New("the plan's shards are out of bounds")
	}
	return nil
}

// Clone returns an independent copy.
func (p *Profile) Clone() (*Profile, error) {
	payload, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("profile: clone: %w", err)
	}
	return decode(payload)
}
