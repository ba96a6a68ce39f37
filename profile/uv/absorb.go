package uv

// Absorb adds what other has counted as if its visitors had been added one by one: as long as other is exact, c keeps its
// own limit and precision, so that many small exact counters make a large exact one. A sketch has forgotten its
// visitors, and is merged as [Counter.Merge] does. What other has counted is not changed; it may be nil or c itself.
func (c *Counter) Absorb(other *Counter) error {
	if other == nil || other == c {
		return nil
	}
	if !other.Exact() {
		return c.Merge(other)
	}
	c.settle()
	if c.takesOver(other) {
		return nil
	}
	for h := range other.set.each {
		c.count(h)
	}
	return nil
}
