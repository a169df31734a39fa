package keepalived

import "github.com/lvsctl/lvsctl/config"

// scriptSettingRows hold for every script.
func scriptSettingRows() []row[config.Global] {
	p := func(g *config.Global) *config.ScriptSettings { return &g.Scripts }
	return append(lax(
		userRow("script_user",
			func(g *config.Global) *config.Text { return &p(g).User },
			func(g *config.Global) *config.Text { return &p(g).Group }),
		commandRow("startup_script", func(g *config.Global) **config.Command { return &p(g).Startup }),
		secondsRow("startup_script_timeout", 1, 1000, func(g *config.Global) *config.Span { return &p(g).StartupTimeout }),
		commandRow("shutdown_script", func(g *config.Global) **config.Command { return &p(g).Shutdown }),
		secondsRow("shutdown_script_timeout", 1, 1000, func(g *config.Global) *config.Span { return &p(g).ShutdownTimeout })),
		flagRow("enable_script_security", true, func(g *config.Global) *config.Flag { return &p(g).Security }),
	)
}

// userRow is a keyword with a user and a group.
func userRow[T any](name string, user, group func(*T) *config.Text) row[T] {
	return row[T]{
		names: name, args: 1, more: true,
		read: func(r *reader, s *statement, to *T) {
			*user(to), *group(to) = written(s.words[1].text, s), config.Text{}
			if len(s.words) > 2 {
				*group(to) = config.Write(s.words[2].text, s.words[2].at)
			}
			if len(s.words) > 3 {
				r.extraWords(s, s.words[3:])
			}
		},
		write: func(from *T) []Line {
			u, g := *user(from), *group(from)
			if !u.IsSet() {
				return nil
			}
			words := []string{first(name), quoteText(u.V)}
			if g.IsSet() {
				words = append(words, quoteText(g.V))
			}
			return []Line{{Words: words, Where: u.Where}}
		},
	}
}

// fifoRows are the named pipes and the programs that read them.
func fifoRows() []row[config.Global] {
	f := func(g *config.Global) *config.FIFOs { return &g.FIFO }
	var rows []row[config.Global]
	for _, pipe := range []struct {
		name  string
		field func(*config.Global) **config.FIFO
	}{
		{"notify_fifo", func(g *config.Global) **config.FIFO { return &f(g).All }},
		{"vrrp_notify_fifo", func(g *config.Global) **config.FIFO { return &f(g).VRRP }},
		{"lvs_notify_fifo", func(g *config.Global) **config.FIFO { return &f(g).IPVS }},
	} {
		rows = append(rows, lax(fifoRow(pipe.name, pipe.field), fifoScriptRow(pipe.name+"_script", pipe.field))...)
	}
	return append(rows,
		flagRow("fifo_write_vrrp_states_on_reload", true, func(g *config.Global) *config.Flag { return &f(g).StatesOnReload }),
		flagRow("rs_init_notifies", true, func(g *config.Global) *config.Flag { return &f(g).InitialReals }),
	)
}

// fifoRow is the path of a pipe with its owner. The first line counts.
func fifoRow(name string, field func(*config.Global) **config.FIFO) row[config.Global] {
	path := userRow(name,
		func(g *config.Global) *config.Text { return &fifo(g, field).User },
		func(g *config.Global) *config.Text { return &fifo(g, field).Group })
	return row[config.Global]{
		names: name, args: 1, more: true,
		read: func(r *reader, s *statement, g *config.Global) {
			pipe := fifo(g, field)
			if pipe.Path.IsSet() {
				r.warn(s.at(), "", "%s is there a second time: %s; the first is in line %d", quote(name), asKeepalived, pipe.Path.Where.Line)
				return
			}
			pipe.Path, pipe.Where = written(s.words[1].text, s), s.at()
			if len(s.words) > 2 {
				path.read(r, &statement{words: s.words[1:]}, g)
			}
		},
		write: func(g *config.Global) []Line {
			pipe := *field(g)
			if pipe == nil || !pipe.Path.IsSet() {
				return nil
			}
			words := []string{name, quoteText(pipe.Path.V)}
			for _, v := range []config.Text{pipe.User, pipe.Group} {
				if v.IsSet() {
					words = append(words, quoteText(v.V))
				}
			}
			return []Line{{Words: words, Where: pipe.Where}}
		},
	}
}

// fifoScriptRow is the program that reads a pipe.
func fifoScriptRow(name string, field func(*config.Global) **config.FIFO) row[config.Global] {
	w := commandRow(name, func(g *config.Global) **config.Command { return &fifo(g, field).Script })
	write := w.write
	w.write = func(g *config.Global) []Line {
		if *field(g) == nil {
			return nil
		}
		return write(g)
	}
	return w
}

// fifo is the pipe, made if it is not there yet.
func fifo(g *config.Global, field func(*config.Global) **config.FIFO) *config.FIFO {
	p := field(g)
	if *p == nil {
		*p = &config.FIFO{}
	}
	return *p
}
