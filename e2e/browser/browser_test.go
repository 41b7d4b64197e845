package browser

import (
	"context"
	"testing"
	"time"
)

func TestDemo(t *testing.T) {
	demo := gateway(t)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	out, err := node(ctx, t, demo, "--test", "--test-reporter=spec", "demo.test.mjs").CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}
