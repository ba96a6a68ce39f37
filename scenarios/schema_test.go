package scenarios

import (
	"bytes"
	"os"
	"testing"
)

// The schema that the repository publishes is the one that loadx prints; -update writes it anew.
func TestPublishedSchema(t *testing.T) {
	const path = "../docs/scenario.schema.json"
	if *update {
		if err := os.WriteFile(path, Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	published, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(published, Schema()) {
		t.Errorf("%s is not what the types say (%v): go test ./scenarios -update", path, err)
	}
}
