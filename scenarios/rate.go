package scenarios

import "github.com/loadx/loadx/scenarios/traffic"

// ParseRate reads a rate as a scenario writes it: 2000/s, 90/m or 5000/h. It may be 0.
func ParseRate(text string) (traffic.Rate, error) {
	rate, err := parseRate(text)
	if err != nil {
		return 0, err
	}
	return rate.(traffic.Rate), nil
}
