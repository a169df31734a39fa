package ipvsadm

// Spelling is how a word is written.
type Spelling struct {
	Short, Long string // "-A", "--add-service"; Short is "" if there is none
	TakesValue  bool
	Own         bool // lvsctl's, not ipvsadm's
}

// Spellings are those of all words.
func Spellings() (all []Spelling) {
	for _, w := range words {
		s := Spelling{Long: "--" + w.long, TakesValue: w.argument != noArgument, Own: w.option == optAtomic}
		if w.short != 0 {
			s.Short = "-" + string(rune(w.short))
		}
		all = append(all, s)
	}
	return all
}
