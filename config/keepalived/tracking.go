package keepalived

import "github.com/lvsctl/lvsctl/config"

// trackingRows are the lists of what a router or a sync group tracks.
func trackingRows[T any](t func(*T) *config.Tracking) []row[T] {
	return []row[T]{
		trackedRow("track_interface", 253, func(v *T) *[]config.Tracked { return &t(v).Interfaces }),
		trackedRow("track_script", 253, func(v *T) *[]config.Tracked { return &t(v).Scripts }),
		trackedRow("track_file", 254, func(v *T) *[]config.Tracked { return &t(v).Files }),
		trackedRow("track_process", 254, func(v *T) *[]config.Tracked { return &t(v).Processes }),
		trackedRow("track_bfd", 253, func(v *T) *[]config.Tracked { return &t(v).BFD }),
	}
}

// instanceTrackRows are those of an instance alone.
func instanceTrackRows() []row[config.VirtualRouter] {
	return []row[config.VirtualRouter]{
		flagRow("dont_track_primary", false, func(v *config.VirtualRouter) *config.Flag { return &v.Track.Primary }),
	}
}

// trackedRow is a list of NAME [weight N [reverse|noreverse]].
func trackedRow[T any](name string, most int32, list func(*T) *[]config.Tracked) row[T] {
	return listRow(name, startsTracked,
		func(r *reader, s *statement, to *T) {
			if t, ok := r.tracked(s, name, most); ok {
				*list(to) = append(*list(to), t)
			}
		},
		func(from *T) (lines []Line) {
			for _, t := range *list(from) {
				lines = append(lines, Line{Words: append([]string{quoteText(t.Name.V)}, weightWords(t.Weight, t.Reverse, "noreverse")...), Where: t.Where})
			}
			return lines
		})
}

// startsTracked tells whether word i is a name, and not about the weight of the one before.
func startsTracked(words []word, i int) bool {
	switch words[i].text {
	case "weight", "reverse", "noreverse":
		return false
	}
	return words[i-1].text != "weight"
}

// tracked reads one line of a list. A line that keepalived leaves out is
// left out, with one exception: a mistake behind the name does not end the tracking.
func (r *reader) tracked(s *statement, list string, most int32) (config.Tracked, bool) { //nolint:unparam // a name that is missing is to be left out
	t := config.Tracked{Name: config.Write(s.words[0].text, s.at()), Where: s.at()}
	if len(s.words) == 1 {
		return t, true
	}
	if s.words[1].text != "weight" || len(s.words) == 2 {
		r.warn(s.words[1].at, `write "weight" and a number`,
			"%s behind a name in %s: ignored, while keepalived does not track %s then", quote(s.words[1].text), list, quote(t.Name.V))
		return t, true
	}
	r.weight(s.words[2:], most, &t.Weight, &t.Reverse)
	return t, true
}

// weight reads a weight and what follows it.
func (r *reader) weight(words []word, most int32, weight *config.Value[int32], reverse *config.Flag) {
	if n, ok := r.integer(words[0], -254, 254, tolerant, asKeepalived); ok {
		*weight = config.Write(int32(n), words[0].at)
		if int32(n) > most || int32(n) < -most {
			r.warn(words[0].at, "", "weight %d is more than %d: taken as that, as keepalived does", n, most)
			weight.Adjust(max(-most, min(most, int32(n))))
		}
	}
	if len(words) == 1 {
		return
	}
	switch w := words[1]; w.text {
	case "reverse":
		*reverse = config.Write(true, w.at)
	case "noreverse":
		*reverse = config.Write(false, w.at)
	default:
		r.warn(w.at, `the word is "reverse"`, "unknown word %s behind a weight: %s", quote(w.text), asKeepalived)
	}
}

// weightWords writes a weight and what follows it. not is the word for no reverse.
func weightWords(weight config.Value[int32], reverse config.Flag, not string) []string {
	if !weight.IsSet() {
		return nil
	}
	words := []string{"weight", signed32(weight.V)}
	switch {
	case reverse.IsSet() && reverse.V:
		words = append(words, "reverse")
	case reverse.IsSet() && not != "":
		words = append(words, not)
	}
	return words
}

// weightRow is weight N [reverse] of what is tracked.
func weightRow[T any](most int32, lax bool, weight func(*T) *config.Value[int32], reverse func(*T) *config.Flag) row[T] {
	return row[T]{
		names: "weight", args: 1, more: true, lax: lax,
		read: func(r *reader, s *statement, to *T) {
			r.weight(s.words[1:], most, weight(to), reverse(to))
			if len(s.words) > 3 {
				r.extraWords(s, s.words[3:])
			}
		},
		write: func(from *T) []Line {
			words := weightWords(*weight(from), *reverse(from), "")
			if len(words) == 0 {
				return nil
			}
			return []Line{{Words: words, Where: weight(from).Where}}
		},
	}
}
