package yamlfile

import "go.yaml.in/yaml/v3"

// enter gives the node that an alias stands for, and what to do when it has been
// read. It tells when aliases stand for too much.
func (d *decoder) enter(n *yaml.Node) (inner *yaml.Node, leave func(), ok bool) {
	if n.Kind != yaml.AliasNode && d.inAlias == 0 {
		return n, func() {}, true
	}
	d.aliased++
	if d.aliased > maxAliased {
		if d.aliased == maxAliased+1 {
			d.fail(d.at(n), "write the blocks out", "the aliases of this file stand for more than %d values", maxAliased)
		}
		return n, func() {}, false
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
		d.inAlias++
		return n, func() { d.inAlias-- }, true
	}
	return n, func() {}, true
}

// pair is one setting of a block.
type pair struct{ key, value *yaml.Node }

// pairs are the settings of a block: its own, and those that a merge key ("<<")
// brings in and that it does not have itself.
func (d *decoder) pairs(n *yaml.Node, depth int) []pair {
	own := make([]pair, 0, len(n.Content)/2)
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := n.Content[i]; key.ShortTag() == "!!merge" {
			merges = append(merges, n.Content[i+1])
			continue
		}
		own = append(own, pair{n.Content[i], n.Content[i+1]})
	}
	if len(merges) == 0 {
		return own
	}
	have := map[string]bool{}
	for _, p := range own {
		have[p.key.Value] = true
	}
	for _, m := range merges {
		for _, p := range d.merged(m, depth+1) {
			if !have[p.key.Value] {
				have[p.key.Value] = true
				own = append(own, p)
			}
		}
	}
	return own
}

// merged are the settings behind a merge key: of one block, or of a list of blocks.
func (d *decoder) merged(n *yaml.Node, depth int) []pair {
	inner, leave, ok := d.enter(n)
	defer leave()
	switch {
	case !ok:
		return nil
	case depth > maxDepth:
		d.fail(d.at(n), "", "a block that is merged into itself")
		return nil
	case inner.Kind == yaml.MappingNode:
		return d.pairs(inner, depth)
	case inner.Kind == yaml.SequenceNode:
		var all []pair
		for _, item := range inner.Content {
			all = append(all, d.merged(item, depth+1)...)
		}
		return all
	default:
		d.fail(d.at(n), "write <<: *name, with &name before the block that is meant", "<< must be a block, not %s", kindOf(inner))
		return nil
	}
}
