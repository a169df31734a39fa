package config

// Comment is one comment of a configuration file.
type Comment struct {
	Where Position // of the sign that begins it
	Text  string   // without that sign and the blanks around
	Alone bool     // nothing else stands on its line: it is about what follows
}
