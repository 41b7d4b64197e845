package cli

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew from the table of settings")

const docsFile = "../../docs/configuration.md"

const docsHead = `# Configuration

<!-- Made from pkg/cli/settings.go by: go test ./pkg/cli -run TestDocs -update -->

Every setting has one name and three places. ` + "`max-frame`" + `, for example:

| place | form |
| --- | --- |
| flag | ` + "`aldis serve --max-frame 128KiB`" + ` |
| variable | ` + "`ALDIS_MAX_FRAME=128KiB`" + ` |
| settings file, YAML | ` + "`max-frame: 128KiB`" + ` |

A flag wins over a variable, a variable over the file, the file over the default. The file is the one that
` + "`--config FILE`" + ` or else ` + "`ALDIS_CONFIG`" + ` names; there is none otherwise. It holds one YAML mapping of at most 1 MiB, without
aliases:

` + "```yaml" + `
listen: :8080
grace: 1m
ice-servers:
  - stun:stun.example.org:3478
  - turns:turn.example.org:5349?transport=tcp
` + "```" + `

` + "`aldis config`" + `, with the same flags, variables and file as ` + "`aldis serve`" + `, prints what would apply and where each value is
from; with ` + "`--json`" + ` for programs.

Mistakes keep the gateway from starting and name their place: a setting that does not exist, one that is set twice in the
file, a value of the wrong form or out of range. Variables are an exception, because others may set some whose names begin
with ` + "`ALDIS_`" + `: one that is no setting is a warning. An empty variable counts as not set.

## Forms of values

| kind | form |
| --- | --- |
| duration | number and unit: ` + "`500ms`, `30s`, `2m`, `1h30m`" + ` |
| bytes | number, with or without a unit: ` + "`65536`, `64KiB`, `1MiB`, `1GiB`" + ` |
| number | above 0; from 0 where the default is 0 |
| list | in a flag or variable with commas between; the flag may also be repeated; in the file a YAML list or the same text. An empty flag, ` + "`--ice-servers=`" + `, empties it |
| true\|false | one of them; a flag may stand alone: ` + "`--redis-tls`" + ` is ` + "`--redis-tls=true`" + ` |
| words with ` + "`\\|`" + ` between | one of them |

## Settings
`

const docsExits = `
## Exit codes

| code | meaning |
| --- | --- |
`

// docs is docs/configuration.md.
func docs() string {
	var b strings.Builder
	b.WriteString(docsHead)
	base, group := defaults(), ""
	for _, s := range settings {
		if s.group != group {
			group = s.group
			fmt.Fprintf(&b, "\n### %s\n\n| setting | kind | default | meaning |\n| --- | --- | --- | --- |\n", group)
		}
		v := s.at(&base)
		byDefault := "none"
		if d := v.String(); d != "" {
			byDefault = "`" + d + "`"
		}
		name := "`" + s.name + "`"
		if s.isSecret() {
			name += " (no flag)"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, strings.ReplaceAll(v.kind(), "|", `\|`), byDefault, s.doc)
	}
	b.WriteString(docsExits)
	for _, e := range exits {
		fmt.Fprintf(&b, "| %d | %s |\n", e.code, e.doc)
	}
	return b.String()
}

// TestDocs holds docs/configuration.md to the table of settings.
func TestDocs(t *testing.T) {
	if *update {
		if err := os.WriteFile(docsFile, []byte(docs()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != docs() {
		t.Error("docs/configuration.md is not what the settings are: go test ./pkg/cli -run TestDocs -update")
	}
}

// TestDocsExample holds that the file shown there is one that is taken.
func TestDocsExample(t *testing.T) {
	_, rest, _ := strings.Cut(docsHead, "```yaml\n")
	example, _, found := strings.Cut(rest, "```")
	code, _, stderr := run(t, nil, "config", "--config", write(t, example))
	if !found || code != exitOK || stderr != "" {
		t.Errorf("exit %d, %s", code, stderr)
	}
}
