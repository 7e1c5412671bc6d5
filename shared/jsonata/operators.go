package jsonata

import "math"

// maxRange is the largest array the range operator makes.
const maxRange = 10_000_000

func (r *run) binary(n *node, input any, env *frame) (any, error) {
	lhs, err := r.eval(n.lhs, input, env)
	if err != nil {
		return nil, err
	}
	if n.op == opAnd || n.op == opOr {
		return r.logical(n, lhs, input, env)
	}
	rhs, err := r.eval(n.rhs, input, env)
	if err != nil {
		return nil, err
	}
	v, e := r.operate(n.op, lhs, rhs)
	if e != nil {
		return nil, atOperator(e, n)
	}
	return v, nil
}

// atOperator gives an error the place of the operator that failed.
func atOperator(err error, n *node) error {
	if e, ok := err.(*Error); ok && e.Code != "U1001" {
		e.Position, e.Token = n.pos, n.text
	}
	return err
}

// logical is and/or; the right side is evaluated only when it decides.
func (r *run) logical(n *node, lhs, input any, env *frame) (any, error) {
	left, err := truth(lhs)
	if err != nil {
		return nil, atOperator(err, n)
	}
	if left == (n.op == opOr) {
		return left, nil
	}
	rhs, err := r.eval(n.rhs, input, env)
	if err == nil {
		var right bool
		if right, err = truth(rhs); err == nil {
			return right, nil
		}
	}
	return nil, atOperator(err, n)
}

func (r *run) operate(op opcode, lhs, rhs any) (any, error) {
	switch op {
	case opAdd, opSub, opMul, opDiv, opMod:
		return arithmetic(op, lhs, rhs)
	case opEq, opNe:
		if isUndefined(lhs) || isUndefined(rhs) {
			return false, nil
		}
		equal, err := deepEqual(lhs, rhs)
		return equal == (op == opEq), err
	case opLt, opLe, opGt, opGe:
		return compare(op, lhs, rhs)
	case opConcat:
		return r.sized(concat(lhs, rhs))
	case opRange:
		return r.rangeOf(lhs, rhs)
	case opIn:
		return includes(lhs, rhs), nil
	}
	return undefined, nil
}

func arithmetic(op opcode, lhs, rhs any) (any, error) {
	if !isUndefined(lhs) {
		if ok, err := isNumeric(lhs); err != nil {
			return nil, err
		} else if !ok {
			return nil, failValue("T2001", lhs)
		}
	}
	if isUndefined(rhs) {
		return undefined, nil
	}
	if ok, err := isNumeric(rhs); err != nil {
		return nil, err
	} else if !ok {
		return nil, failValue("T2002", rhs)
	}
	if isUndefined(lhs) {
		return undefined, nil
	}
	a, b := lhs.(float64), rhs.(float64)
	switch op {
	case opAdd:
		return a + b, nil
	case opSub:
		return a - b, nil
	case opMul:
		return a * b, nil
	case opDiv:
		return a / b, nil
	}
	return math.Mod(a, b), nil
}

func compare(op opcode, lhs, rhs any) (any, error) {
	lok, rok := orderable(lhs), orderable(rhs)
	if !lok && !isUndefined(lhs) || !rok && !isUndefined(rhs) {
		v := lhs
		if lok {
			v = rhs
		}
		return nil, failValue("T2010", v)
	}
	if !lok || !rok {
		return undefined, nil
	}
	var less, equal bool
	switch a := lhs.(type) {
	case string:
		b, ok := rhs.(string)
		if !ok {
			return nil, &Error{Code: "T2009", Value: lhs, value2: rhs}
		}
		c := compareText(a, b)
		less, equal = c < 0, c == 0
	case float64:
		b, ok := rhs.(float64)
		if !ok {
			return nil, &Error{Code: "T2009", Value: lhs, value2: rhs}
		}
		if a != a || b != b {
			return false, nil
		}
		less, equal = a < b, a == b
	}
	switch op {
	case opLt:
		return less, nil
	case opLe:
		return less || equal, nil
	case opGt:
		return !less && !equal, nil
	}
	return !less, nil
}

func concat(lhs, rhs any) (any, error) {
	var a, b string
	var err error
	if !isUndefined(lhs) {
		if a, err = stringify(lhs, false); err != nil {
			return nil, err
		}
	}
	if !isUndefined(rhs) {
		if b, err = stringify(rhs, false); err != nil {
			return nil, err
		}
	}
	return a + b, checkText(len(a) + len(b))
}

func isInteger(v any) bool {
	f, ok := v.(float64)
	return ok && f == math.Trunc(f) && !math.IsInf(f, 0)
}

func (r *run) rangeOf(lhs, rhs any) (any, error) {
	if !isUndefined(lhs) && !isInteger(lhs) {
		return nil, failValue("T2003", lhs)
	}
	if !isUndefined(rhs) && !isInteger(rhs) {
		return nil, failValue("T2004", rhs)
	}
	if isUndefined(lhs) || isUndefined(rhs) {
		return undefined, nil
	}
	from, to := lhs.(float64), rhs.(float64)
	if from > to {
		return undefined, nil
	}
	size := to - from + 1
	if size > maxRange {
		return nil, failValue("D2014", size)
	}
	if err := r.spend(int(size)); err != nil {
		return nil, err
	}
	items := make([]any, int(size))
	for i := range items {
		items[i] = from + float64(i)
	}
	return &array{sequence: true, items: items}, nil
}

func includes(lhs, rhs any) bool {
	if isUndefined(lhs) || isUndefined(rhs) {
		return false
	}
	items, ok := itemsOf(rhs)
	if !ok {
		return same(rhs, lhs)
	}
	for _, it := range items {
		if same(it, lhs) {
			return true
		}
	}
	return false
}
