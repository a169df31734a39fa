package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/viper"

	"github.com/lvsctl/lvsctl/config/load"
)

// settingsFile holds settings of the tool itself. What directors do stands in
// configurations, never here.
const settingsFile = "/etc/lvsctl/settings.yaml"

// settingNames are the flags that can be set in the file of settings, or by an
// environment variable: LVSCTL_RUN_DIR for --run-dir.
func settingNames() []string { return []string{"file", "run-dir", "config-id", "keepalived-compat"} }

// addSettings makes the commands below c take their flags from the environment and
// the file of settings, where the command line does not say anything.
func addSettings(c *cobra.Command) {
	c.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return takeSettings(c, settingsFile) }
}

func takeSettings(c *cobra.Command, file string) error {
	v, err := readSettings(file)
	if err != nil {
		return err
	}
	for _, name := range settingNames() {
		f := c.Flags().Lookup(name)
		if f == nil || f.Changed || !v.IsSet(name) {
			continue
		}
		if err := f.Value.Set(v.GetString(name)); err != nil {
			return usageError{fmt.Errorf("setting %s (LVSCTL_%s, or in %s): %w", name, variable(name), file, err), ""}
		}
	}
	return nil
}

func variable(name string) string { return strings.ToUpper(strings.ReplaceAll(name, "-", "_")) }

// readSettings reads the file of settings, if there is one.
func readSettings(file string) (*viper.Viper, error) {
	v := viper.New()
	v.SetConfigFile(file)
	v.SetConfigType("yaml")
	if err := v.ReadInConfig(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read settings %s: %w", file, err)
	}
	for _, key := range v.AllKeys() {
		if !isSetting(key) {
			return nil, fmt.Errorf("read settings %s: there is no setting %q, only %s", file, key, strings.Join(settingNames(), ", "))
		}
	}
	v.SetEnvPrefix("LVSCTL")
	v.SetEnvKeyReplacer(strings.NewReplacer("-", "_"))
	v.AutomaticEnv()
	return v, nil
}

func isSetting(key string) bool {
	for _, name := range settingNames() {
		if key == name {
			return true
		}
	}
	return false
}

// addFile adds the flag that names a configuration.
func addFile(c *cobra.Command, file *string) {
	c.Flags().StringVarP(file, "file", "f", "", "configuration (default "+load.DefaultYAML+", else "+load.DefaultKeepalived+")")
}
