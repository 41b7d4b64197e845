package cli

import (
	"math"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/app"
)

func TestSettingsTable(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	seen := map[string]bool{}
	base := defaults()
	for _, s := range settings {
		if !form.MatchString(s.name) || seen[s.name] || s.name == configFlag || s.name == "json" || s.name == "help" {
			t.Errorf("%q is no name for a setting, or there are two", s.name)
		}
		seen[s.name] = true
		if !strings.HasSuffix(s.doc, ".") || s.group == "" {
			t.Errorf("%s: its doc %q is no sentence, or it has no group", s.name, s.doc)
		}
		if v := s.at(&base); v.String() != "" && !s.isSecret() {
			before := v.json()
			if err := v.set([]string{v.String()}); err != nil || !reflect.DeepEqual(v.json(), before) {
				t.Errorf("%s: what it shows, %q, is not what it takes: %v", s.name, v.String(), err)
			}
		}
	}
	if err := base.app.Validate(); err != nil {
		t.Errorf("the defaults cannot be: %v", err)
	}
}

// unsettable are the fields of app.Options that the program fills in itself.
var unsettable = map[string]bool{"Version": true, "Logger": true}

// TestEveryOptionHasASetting holds that no field of the options is forgotten in the table, and no two settings share
// one: each leaf is the target of exactly one setting.
func TestEveryOptionHasASetting(t *testing.T) {
	var c configuration
	targets := map[uintptr]string{}
	for _, s := range settings {
		p := reflect.ValueOf(s.at(&c)).FieldByName("p").Pointer()
		if other := targets[p]; other != "" {
			t.Errorf("%s and %s set the same field", other, s.name)
		}
		targets[p] = s.name
	}
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		for i := range v.NumField() {
			field, name := v.Field(i), path+v.Type().Field(i).Name
			switch {
			case unsettable[name]:
			case field.Kind() == reflect.Struct:
				walk(name+".", field)
			case targets[field.Addr().Pointer()] == "":
				t.Errorf("app.Options.%s has no setting", name)
			}
		}
	}
	walk("", reflect.ValueOf(&c.app).Elem())
}

func TestValues(t *testing.T) {
	var (
		s  string
		b  *bool
		on bool
		n  int
		f  float64
		d  time.Duration
		l  []string
		no = "error: "
	)
	for _, tt := range []struct {
		v          value
		text, want string
	}{
		{text{&s}, ":8080", ":8080"},
		{text{&s}, "", no + "must not be empty"},
		{choice{&s, []string{"text", "json"}}, "json", "json"},
		{choice{&s, []string{"text", "json"}}, "xml", no + `"xml" is none of text, json`},
		{auto{&b}, "true", "true"},
		{auto{&b}, "false", "false"},
		{auto{&b}, "auto", "auto"},
		{auto{&b}, "yes", no + `"yes" is none of auto, true, false`},
		{count{&n}, "64", "64"},
		{count{&n}, "0", no + "must be above 0"},
		{count{&n}, "6.4", no + `"6.4" is not a whole number`},
		{count{&n}, "99999999999999999999", no + `"99999999999999999999" is not a whole number`},
		{size{&n}, "65536", "64KiB"},
		{size{&n}, "2MiB", "2MiB"},
		{size{&n}, "1GiB", "1GiB"},
		{size{&n}, "1000", "1000"},
		{size{&n}, "0KiB", no + "must be above 0"},
		{size{&n}, "64k", no + `"64k" is not a number of bytes, such as 65536, 64KiB or 1MiB`},
		{size{&n}, "9223372036854775807GiB", no + `"9223372036854775807GiB" is not a number of bytes, such as 65536, 64KiB or 1MiB`},
		{natural{&n}, "0", "0"},
		{natural{&n}, "-1", "-1"}, // whether it can be is for the options to say
		{natural{&n}, "none", no + `"none" is not a whole number`},
		{toggle{&on}, "true", "true"},
		{toggle{&on}, "false", "false"},
		{toggle{&on}, "yes", no + `"yes" is neither true nor false`},
		{decided{&b}, "false", "false"},
		{decided{&b}, "true", "true"},
		{decided{&b}, "auto", no + `"auto" is neither true nor false`},
		{rate{&f}, "0.5", "0.5"},
		{rate{&f}, "0", no + "must be above 0"},
		{rate{&f}, "many", no + `"many" is not a number`},
		{duration{&d}, "90s", "1m30s"},
		{duration{&d}, "60m", "1h"},
		{duration{&d}, "61m", "1h1m"},
		{duration{&d}, "3601s", "1h0m1s"},
		{duration{&d}, "100ms", "100ms"},
		{duration{&d}, "10m", "10m"},
		{duration{&d}, "20h", "20h"},
		{duration{&d}, "0s", no + "must be above 0; 1ms is as good as none"},
		{duration{&d}, "30", no + "30 has no unit; write 30s for seconds"},
		{duration{&d}, "soon", no + `"soon" is not a duration, such as 500ms, 30s or 2m`},
		{list{&l}, "stun:a, stun:b", "stun:a,stun:b"},
		{list{&l}, "", ""},
		{list{&l}, "stun:a,,stun:b", no + "has an empty element"},
		{secret{&s}, "hunter2", "(set)"},
		{secret{&s}, "", no + "must not be empty"},
	} {
		got := ""
		if err := tt.v.set([]string{tt.text}); err != nil {
			got = no + err.Error()
		} else {
			got = tt.v.String()
		}
		if got != tt.want {
			t.Errorf("%s %q: got %q, want %q", tt.v.kind(), tt.text, got, tt.want)
		}
	}
	if math.MaxInt != math.MaxInt64 {
		t.Error("sizes were tested for 64 bits only")
	}
}

// hidden is a table with a secret, as later ones have.
func hidden(p *string) []setting {
	return []setting{{"token-key", groupLogs, "A secret.", func(*configuration) value { return secret{p} }}}
}

func TestSecretsAreShownToNobody(t *testing.T) {
	var key string
	table := hidden(&key)
	env, _, warnings := readEnviron(table, []string{"ALDIS_TOKEN_KEY=hunter2", "ALDIS_TOKEN_KEI=hunter2"})
	file, problems := parseFile(table, "aldis.yaml", []byte("token-key: hunter2\ntoken-key: hunter2\nhunter: {hunter2: hunter2}\n"))
	e := &effective{configuration: defaults(), origins: map[string]origin{}}
	if bad := e.apply(table, file, env); len(bad) > 0 || key != "hunter2" {
		t.Errorf("not set: %v", bad)
	}
	if len(problems) != 2 || len(warnings) != 1 {
		t.Errorf("problems %q, warnings %q", problems, warnings)
	}
	shown := joinProblems(problems).Error() + strings.Join(warnings, "") + table[0].at(&e.configuration).String() +
		table[0].at(&e.configuration).json().(string)
	if strings.Contains(shown, "hunter2") {
		t.Errorf("the secret is in %q", shown)
	}
	if s := table[0]; !s.isSecret() || s.at(&e.configuration).String() != "(set)" {
		t.Error("a secret that is set must say so, and only so")
	}
}

func TestOptionsAreTakenAsTheyStand(t *testing.T) {
	e, err := resolve(layer{"max-frame": {[]string{"128KiB"}, origin{fromFlag, "--max-frame"}}}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := app.Options{}.WithDefaults()
	want.Session.MaxFrame = 128 << 10
	want.Logger = e.app.Logger
	if !reflect.DeepEqual(e.app, want) {
		t.Errorf("got %+v, want %+v", e.app, want)
	}
}
