package profile

// Connections are the counts of an attack's connections.
type Connections struct {
	// Opened connections, and those among them whose TLS session was resumed.
	Opened  uint64 `json:"opened"`
	Resumed uint64 `json:"resumed"`
	// Reused is how many requests went on a kept connection.
	Reused uint64 `json:"reused"`
	// Evicted connections, unused longest, were closed because more than may be kept waited.
	Evicted uint64 `json:"evicted"`
}

func (c *Connections) add(o *Connections) {
	c.Opened += o.Opened
	c.Resumed += o.Resumed
	c.Reused += o.Reused
	c.Evicted += o.Evicted
}

// SiteCookies are the counts of the cookies that the site has set during an attack.
type SiteCookies struct {
	// Set counts cookies that were set, changed or deleted; Refused those that RFC 6265 does not let the site set, or
	// that are too large.
	Set     uint64 `json:"set"`
	Refused uint64 `json:"refused"`
	// EvictedUsers lost all their cookies, and EvictedCookies are the others that were lost, for want of room.
	EvictedUsers   uint64 `json:"evicted_users"`
	EvictedCookies uint64 `json:"evicted_cookies"`
}

func (c *SiteCookies) add(o *SiteCookies) {
	c.Set += o.Set
	c.Refused += o.Refused
	c.EvictedUsers += o.EvictedUsers
	c.EvictedCookies += o.EvictedCookies
}

// addUse adds the connections, cookies and workers of another part.
func (p *Profile) addUse(o *Profile) error {
	if o.Connections != nil {
		if p.Connections == nil {
			p.Connections = &Connections{}
		}
		p.Connections.add(o.Connections)
	}
	if o.SiteCookies != nil {
		if p.SiteCookies == nil {
			p.SiteCookies = &SiteCookies{}
		}
		p.SiteCookies.add(o.SiteCookies)
	}
	switch {
	case o.Balance == nil:
	case p.Balance == nil:
		p.Balance = o.Balance.Clone()
	default:
		return p.Balance.Merge(o.Balance)
	}
	return nil
}
