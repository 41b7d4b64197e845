package house

import (
	"slices"
	"testing"
)

// in returns the import path of a package of the module.
func in(rel string) string { return module + "/" + rel }

func TestCheckRungs(t *testing.T) {
	for _, c := range []struct {
		name string
		pkg  Package
		want []string
	}{
		{"down", Package{ImportPath: in("pkg/hub"), Imports: []string{"sync", in("pkg/wire"), in("pkg/broker")}}, nil},
		{"down to a pattern", Package{ImportPath: in("pkg/app"), Imports: []string{in("pkg/dialect/peerjs")}}, nil},
		{"up", Package{ImportPath: in("pkg/hub"), Imports: []string{in("pkg/session")}},
			[]string{"pkg/hub (rung 2) imports pkg/session (rung 3): a package imports only from lower rungs"}},
		{"sideways", Package{ImportPath: in("pkg/hub"), Imports: []string{in("pkg/broker/memory")}},
			[]string{"pkg/hub (rung 2) imports pkg/broker/memory (rung 2): a package imports only from lower rungs"}},
		{"sideways among dialects", Package{ImportPath: in("pkg/dialect/peerjs"), Imports: []string{in("pkg/dialect/native")}},
			[]string{"pkg/dialect/peerjs (rung 2) imports pkg/dialect/native (rung 2): a package imports only from lower rungs"}},
		{"unknown", Package{ImportPath: in("pkg/fog")},
			[]string{"pkg/fog has no rung: enter it in the table of hack/house/rungs.go"}},
		{"unknown below a known one", Package{ImportPath: in("pkg/hub/shard")},
			[]string{"pkg/hub/shard has no rung: enter it in the table of hack/house/rungs.go"}},
		{"unknown at the root", Package{ImportPath: module},
			[]string{". has no rung: enter it in the table of hack/house/rungs.go"}},
		{"imports the unknown", Package{ImportPath: in("pkg/app"), Imports: []string{in("pkg/fog")}},
			[]string{"pkg/app (rung 5) imports pkg/fog, which has no rung"}},
		{"a module with a like name", Package{ImportPath: in("pkg/wire"), Imports: []string{module + "-kit/pkg/app"}}, nil},
		{"test file up", Package{ImportPath: in("pkg/hub"), TestImports: []string{in("pkg/session")}},
			[]string{"a test file of pkg/hub (rung 2) imports pkg/session (rung 3): a package imports only from lower rungs"}},
		{"external test up", Package{ImportPath: in("pkg/hub"), XTestImports: []string{in("pkg/app"), in("e2e/lab")}}, nil},
		{"suite from code", Package{ImportPath: in("pkg/app"), Imports: []string{in("pkg/broker/brokertest")}},
			[]string{"pkg/app (rung 5) imports pkg/broker/brokertest (rung 8): only tests import it"}},
		{"suite from a test file", Package{ImportPath: in("pkg/broker/memory"), TestImports: []string{in("pkg/broker/brokertest")}}, nil},
		{"suite from a suite", Package{ImportPath: in("pkg/broker/brokertest"), Imports: []string{in("pkg/dialect/dialecttest")}},
			[]string{"pkg/broker/brokertest (rung 8) imports pkg/dialect/dialecttest (rung 8): a package imports only from lower rungs"}},
		{"suite examines", Package{ImportPath: in("pkg/broker/brokertest"), Imports: []string{in("pkg/broker"), "testing"}}, nil},
		{"end to end", Package{ImportPath: in("e2e/lab"), Imports: []string{in("pkg/broker/redis/redistest"), in("pkg/cli")}}, nil},
		{"tools from code", Package{ImportPath: in("cmd/aldis"), Imports: []string{in("hack/house")}},
			[]string{"cmd/aldis (rung 7) imports hack/house (rung 9): only tests import it"}},
		{"tools from a test file", Package{ImportPath: in("pkg/cli"), TestImports: []string{in("hack/house")}},
			[]string{"a test file of pkg/cli (rung 6) imports hack/house (rung 9): only tests import it"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := CheckRungs(module, []Package{c.pkg}); !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestCheckLibraries(t *testing.T) {
	const redis, websocket, clientGo = "github.com/redis/go-redis/v9", "github.com/coder/websocket", "k8s.io/client-go/kubernetes"
	for _, c := range []struct {
		name string
		pkg  Package
		want []string
	}{
		{"redis at home", Package{ImportPath: in("pkg/broker/redis"), Imports: []string{redis}}, nil},
		{"redis abroad", Package{ImportPath: in("pkg/hub"), Imports: []string{redis}},
			[]string{"pkg/hub imports github.com/redis/go-redis/v9: it belongs to pkg/broker/redis"}},
		{"redis in a test file", Package{ImportPath: in("pkg/app"), TestImports: []string{redis}},
			[]string{"pkg/app imports github.com/redis/go-redis/v9: it belongs to pkg/broker/redis"}},
		{"redis in code and test", Package{ImportPath: in("pkg/app"), Imports: []string{redis}, TestImports: []string{redis}},
			[]string{"pkg/app imports github.com/redis/go-redis/v9: it belongs to pkg/broker/redis"}},
		{"redis in an external test", Package{ImportPath: in("pkg/app"), XTestImports: []string{redis}}, nil},
		{"redis in a suite", Package{ImportPath: in("pkg/broker/redis/redistest"), Imports: []string{redis}}, nil},
		{"websocket at home", Package{ImportPath: in("pkg/session"), Imports: []string{websocket, websocket + "/wsjson"}}, nil},
		{"websocket abroad", Package{ImportPath: in("pkg/hub"), Imports: []string{websocket}},
			[]string{"pkg/hub imports github.com/coder/websocket: it belongs to pkg/session, pkg/accept, pkg/client"}},
		{"client-go at home", Package{ImportPath: in("cmd/aldis-metrics-adapter"), Imports: []string{clientGo}}, nil},
		{"client-go abroad", Package{ImportPath: in("cmd/aldis"), Imports: []string{clientGo}},
			[]string{"cmd/aldis imports k8s.io/client-go/kubernetes: it belongs to pkg/kube, cmd/aldis-metrics-adapter"}},
		{"the adapter's server abroad", Package{ImportPath: in("pkg/kube"), Imports: []string{"sigs.k8s.io/custom-metrics-apiserver/pkg/cmd"}},
			[]string{"pkg/kube imports sigs.k8s.io/custom-metrics-apiserver/pkg/cmd: it belongs to cmd/aldis-metrics-adapter"}},
		{"other of sigs.k8s.io", Package{ImportPath: in("pkg/cli"), Imports: []string{"sigs.k8s.io/yaml"}}, nil},
		{"standard library", Package{ImportPath: in("pkg/wire"), Imports: []string{"encoding/json", "crypto/rand"}}, nil},
		{"beyond the standard library", Package{ImportPath: in("pkg/ice"), Imports: []string{"github.com/pion/stun/v4"}},
			[]string{"pkg/ice imports github.com/pion/stun/v4: it may import the standard library only"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := CheckLibraries(module, []Package{c.pkg}); !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}
