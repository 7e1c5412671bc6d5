package jsonata

// The parent operator % is settled when the expression is compiled: each one holds a slot that walks outwards
// until it meets the step whose input it names; that step then binds its input under the slot's label.

// pushSeeking hands the parent operators that n could not place to the node around it.
func (r *resolver) pushSeeking(around, n *node) {
	if n.seeking == nil && n.kind != kindParent {
		return
	}
	around.seeking = append(around.seeking[:len(around.seeking):len(around.seeking)], n.seeking...)
	if n.kind == kindParent {
		around.seeking = append(around.seeking, n.slot)
	}
	if around.seeking == nil {
		around.seeking = []*slot{}
	}
}

// seek moves a slot over one step.
func (r *resolver) seek(n *node, s *slot) (*slot, error) {
	var err error
	switch n.kind {
	case kindName, kindWildcard:
		s.level--
		if s.level == 0 {
			if n.ancestor != nil {
				// two parent operators meet at one step: they share its label
				r.slots[s.index].label = n.ancestor.label
			}
			n.ancestor = s
			n.tuple = true
		}
	case kindParent:
		s.level++
	case kindBlock:
		if len(n.list) > 0 {
			n.tuple = true
			return r.seek(n.list[len(n.list)-1], s)
		}
	case kindPath:
		n.tuple = true
		i := len(n.list) - 1
		s, err = r.seek(n.list[i], s)
		for i--; err == nil && s.level > 0 && i >= 0; i-- {
			s, err = r.seek(n.list[i], s)
		}
	default:
		return nil, failToken("S0217", kindNames[n.kind], n.pos)
	}
	return s, err
}

// placeParents walks the open slots of the last step back along the path.
func (r *resolver) placeParents(path *node) error {
	last := path.list[len(path.list)-1]
	slots := last.seeking
	if last.kind == kindParent {
		slots = append(slots[:len(slots):len(slots)], last.slot)
		last.seeking = slots
	}
	for _, s := range slots {
		i := len(path.list) - 2
		for s.level > 0 {
			if i < 0 {
				path.seeking = append(path.seeking, s)
				break
			}
			step := path.list[i]
			i--
			// several context bindings in a row share one input
			for i >= 0 && step.focus != 0 && path.list[i].focus != 0 {
				step = path.list[i]
				i--
			}
			var err error
			if s, err = r.seek(step, s); err != nil {
				return err
			}
		}
	}
	return nil
}
