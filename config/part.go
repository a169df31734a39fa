package config

// PartOf is the part that a field of Config concerns, by the field's Go name.
func PartOf(field string) Part { return parts()[field] }
