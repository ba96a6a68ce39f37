package scenarios

import (
	"embed"
	"io/fs"
)

//go:embed *.yaml
var bundled embed.FS

// Bundled returns the scenarios that come with loadx, one *.yaml file each: the corners one-user.yaml and
// new-users.yaml, returning-users.yaml between them, ramp.yaml and spike.yaml.
func Bundled() fs.FS { return bundled }
