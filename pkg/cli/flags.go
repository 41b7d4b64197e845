package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// configFlag names the settings file. It is no setting, because a file cannot set it.
const configFlag = "config"

// settingFlags are the flags of a command that takes settings.
type settingFlags struct {
	given layer
	file  string
}

// bindSettings gives a command a flag for each setting that may have one. Their values are looked at in resolve,
// together with those of the other sources.
func bindSettings(cmd *cobra.Command) *settingFlags {
	s := &settingFlags{given: layer{}}
	flags := cmd.Flags()
	flags.SortFlags = false // as in the table, where what belongs together stands together
	flags.StringVar(&s.file, configFlag, "", "settings file, YAML; "+configEnv+" where the flag is not given")
	base := defaults()
	for _, setting := range settings {
		if setting.isSecret() {
			continue
		}
		v := setting.at(&base)
		flag := flags.VarPF(&settingFlag{setting, s.given, v}, setting.name, "", strings.ReplaceAll(setting.doc, "`", ""))
		if v.kind() == (toggle{}).kind() {
			flag.NoOptDefVal = "true"
		}
		var complete cobra.CompletionFunc = cobra.NoFileCompletions
		if words := strings.Split(v.kind(), "|"); len(words) > 1 {
			complete = cobra.FixedCompletions(slices.Clone(words), cobra.ShellCompDirectiveNoFileComp)
		}
		if err := cmd.RegisterFlagCompletionFunc(setting.name, complete); err != nil {
			panic(err) // two settings of one name in the table
		}
	}
	return s
}

// settingFlag is the flag of a setting: a pflag.Value that keeps what was given.
type settingFlag struct {
	setting setting
	given   layer
	base    value // the default, for help
}

// Set keeps a text. Of one value the last given counts; a list collects.
func (f *settingFlag) Set(text string) error {
	g := given{[]string{text}, origin{fromFlag, "--" + f.setting.name}}
	if before, again := f.given[f.setting.name]; again && f.setting.isList() {
		g.texts = append(slices.Clone(before.texts), text)
	}
	f.given[f.setting.name] = g
	return nil
}

// String is the default, which help shows.
func (f *settingFlag) String() string {
	if f.base == nil { // pflag asks a zero settingFlag too
		return ""
	}
	return f.base.String()
}

// Type is the word that stands for the value in help.
func (f *settingFlag) Type() string { return f.base.kind() }
