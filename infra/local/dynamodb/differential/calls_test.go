package differential_test

import "fmt"

// call is one request; keys are the items it may change.
type call struct {
	action string
	in     object
	keys   []object
}

// next makes the next call.
func (s *source) next() call {
	switch n := s.r.IntN(100); {
	case n < 18:
		return s.put()
	case n < 42:
		return s.change("UpdateItem")
	case n < 48:
		return s.change("DeleteItem")
	case n < 56:
		return s.get()
	case n < 76:
		return s.query()
	case n < 80:
		return s.scan()
	case n < 91:
		return s.transactWrite()
	case n < 94:
		return s.transactGet()
	case n < 97:
		return s.batchGet()
	default:
		return s.batchWrite()
	}
}

// target is a call's beginning: the table and, at times, what it should report.
func (s *source) target() object {
	in := object{"TableName": s.table}
	if s.odds(400) {
		in["TableName"] = s.one("nowhere", "x", "", "a b")
	}
	return in
}

func (s *source) report(in object) {
	if s.odds(3) {
		in["ReturnConsumedCapacity"] = s.one("TOTAL", "INDEXES", "NONE")
	}
}

// wrongKey spoils a key now and then.
func (s *source) wrongKey(key object) object {
	if !s.odds(250) {
		return key
	}
	return s.one2(object{"pk": text("WF#1")}, object{"pk": text("WF#1"), "sk": number("1")}, object{"pk": text(""), "sk": text("a")}, object{"pk": text("a"), "sk": text("")},
		object{"pk": text("a"), "sk": text("b"), "x": text("c")}, object{}, object{"id": text("a"), "sk": text("b")})
}

func (s *source) put() call {
	it := s.item()
	if s.odds(250) {
		delete(it, s.one("pk", "sk"))
	}
	in := s.target()
	in["Item"] = it
	if s.odds(2) {
		b := s.builder()
		if s.odds(2) {
			in["ConditionExpression"] = "attribute_not_exists(pk)"
		} else {
			in["ConditionExpression"] = b.condition(0)
		}
		b.into(in)
		s.old(in)
	}
	if s.odds(3) {
		in["ReturnValues"] = s.one("ALL_OLD", "NONE")
	}
	if s.odds(200) {
		in["ReturnValues"] = s.one("ALL_NEW", "UPDATED_OLD", "WHAT")
	}
	s.report(in)
	return call{"PutItem", in, []object{keyOf(it)}}
}

func (s *source) old(in object) {
	if s.odds(2) {
		in["ReturnValuesOnConditionCheckFailure"] = s.one("ALL_OLD", "ALL_OLD", "NONE")
	}
}

func keyOf(it object) object { return object{"pk": it["pk"], "sk": it["sk"]} }

func (s *source) change(action string) call {
	in := s.target()
	key := s.key()
	in["Key"] = s.wrongKey(key)
	b := s.builder()
	if action == "UpdateItem" && !s.odds(60) {
		in["UpdateExpression"] = b.update()
	}
	if s.odds(3) {
		in["ConditionExpression"] = b.condition(0)
		s.old(in)
	}
	b.into(in)
	if s.odds(2) {
		in["ReturnValues"] = s.one("ALL_OLD", "NONE")
		if action == "UpdateItem" {
			in["ReturnValues"] = s.one("ALL_OLD", "ALL_NEW", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW", "NONE")
		}
	}
	s.report(in)
	return call{action, in, []object{key}}
}

func (s *source) get() call {
	in := s.target()
	in["Key"] = s.wrongKey(s.key())
	s.read(in)
	s.report(in)
	return call{action: "GetItem", in: in}
}

// read adds a projection and consistency.
func (s *source) read(in object) {
	if s.odds(2) {
		b := s.builder()
		in["ProjectionExpression"] = b.projection()
		if len(b.names) > 0 {
			in["ExpressionAttributeNames"] = b.names
		}
	}
	if s.odds(2) {
		in["ConsistentRead"] = s.odds(2)
	}
}

// place is one way into the table: its own key or an index's.
type place struct {
	index, pk, sk string
	partitions    []string
	sorts         []string
}

var places = []place{
	{"", "pk", "sk", partitions, sortKeys},
	{"list", "listPk", "listSk", listPlaces, listTimes},
	{"parent", "ofPk", "ofSk", ofPlaces, listTimes},
	{"due", "duePk", "dueAt", []string{"DUE"}, listTimes},
	{"score", "status", "score", []string{"open", "closed", "running", "a"}, nil},
	{"some", "by", "", []string{"open", "a", "ab"}, nil},
}

func (s *source) query() call {
	in := s.target()
	p := places[0]
	if s.odds(2) {
		p = places[s.r.IntN(len(places))]
	}
	if p.index != "" {
		in["IndexName"] = p.index
	}
	if s.odds(300) {
		in["IndexName"] = s.one("nope", "")
	}
	b := s.builder()
	value := func() string {
		k := fmt.Sprintf(":%d", len(b.values))
		switch {
		case s.odds(150):
			b.values[k] = s.value(0)
		case p.sorts == nil:
			b.values[k] = number(s.number())
		default:
			b.values[k] = text(s.one(p.sorts...))
		}
		return k
	}
	partition := fmt.Sprintf(":%d", len(b.values))
	b.values[partition] = text(s.one(p.partitions...))
	e := b.name(p.pk) + " = " + partition
	if p.sk != "" && !s.odds(3) {
		sk := b.name(p.sk)
		second := ""
		switch s.r.IntN(5) {
		case 0:
			second = sk + " " + s.one("=", "<", "<=", ">", ">=") + " " + value()
		case 1, 2:
			low, high := value(), value()
			if b.reversed(low, high) && !s.odds(30) {
				low, high = high, low
			}
			second = sk + " BETWEEN " + low + " AND " + high
		case 3:
			k := fmt.Sprintf(":%d", len(b.values))
			b.values[k] = text(s.one("V#", "V#0000", "2026-01", "a", "é", "MSG#"))
			if s.odds(60) {
				b.values[k] = text("")
			}
			second = "begins_with(" + sk + ", " + k + ")"
		case 4:
			second = sk + " " + s.one("=", "<", "<=", ">", ">=") + " " + value()
			if s.odds(20) {
				second = s.one(sk+" <> "+value(), sk+" IN ("+value()+")", "NOT "+second, "contains("+sk+", "+value()+")", sk+" = "+sk)
			}
		}
		if s.odds(6) {
			e = second + " AND " + e
		} else {
			e += " AND " + second
		}
		if s.odds(80) {
			e = s.one("("+e+")", e+" AND "+second, second, e+" OR "+second, e+" AND")
		}
	}
	in["KeyConditionExpression"] = e
	if s.odds(2) {
		in["ScanIndexForward"] = s.odds(2)
	}
	s.narrow(in, b)
	b.into(in)
	s.report(in)
	return call{action: "Query", in: in}
}

// narrow adds what Query and Scan share.
func (s *source) narrow(in object, b *builder) {
	if s.odds(3) {
		in["FilterExpression"] = b.condition(1)
	}
	switch {
	case s.odds(4):
		in["ProjectionExpression"] = b.projection()
		if s.odds(20) {
			in["Select"] = s.one("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES")
		}
	case s.odds(4):
		in["Select"] = s.one("COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES")
	}
	if s.odds(2) {
		in["Limit"] = 1 + s.r.IntN(6)
	}
	if s.odds(300) {
		in["Limit"] = s.r.IntN(3) - 2
	}
	if s.odds(3) {
		in["ConsistentRead"] = s.odds(2) && (in["IndexName"] == nil || s.odds(40))
	}
}

func (s *source) scan() call {
	in := s.target()
	if s.odds(2) {
		if p := places[s.r.IntN(len(places))]; p.index != "" {
			in["IndexName"] = p.index
		}
	}
	b := s.builder()
	s.narrow(in, b)
	if in["IndexName"] == "due" || in["IndexName"] == "some" {
		// DynamoDB Local filters by attributes that the index does not have; see the package comment.
		delete(in, "FilterExpression")
		p := s.builder()
		b.names, b.values = p.names, p.values
		if in["ProjectionExpression"] != nil {
			in["ProjectionExpression"] = b.projection()
		}
	}
	b.into(in)
	if s.odds(40) {
		in["Segment"], in["TotalSegments"] = s.r.IntN(2), s.r.IntN(2) // which items are in which of several is nobody's promise
		if s.odds(3) {
			delete(in, s.one("Segment", "TotalSegments"))
		}
	}
	s.report(in)
	return call{action: "Scan", in: in}
}

func (s *source) transactWrite() call {
	var parts []any
	var keys []object
	for range 1 + s.r.IntN(4) {
		b := s.builder()
		in := s.target()
		key := s.key()
		part := "Put"
		switch s.r.IntN(6) {
		case 0:
			part = "ConditionCheck"
			in["Key"], in["ConditionExpression"] = s.wrongKey(key), b.condition(0)
		case 1:
			part = "Delete"
			in["Key"] = s.wrongKey(key)
		case 2, 3:
			part = "Update"
			in["Key"], in["UpdateExpression"] = s.wrongKey(key), b.update()
		default:
			it := s.item()
			key = keyOf(it)
			in["Item"] = it
		}
		if part != "ConditionCheck" && s.odds(2) {
			in["ConditionExpression"] = b.condition(0)
			if s.odds(2) {
				in["ConditionExpression"] = "attribute_not_exists(pk)"
				b.names, b.values = map[string]string{}, object{}
				if part == "Update" {
					in["UpdateExpression"] = b.update()
				}
			}
		}
		s.old(in)
		b.into(in)
		parts = append(parts, object{part: in})
		keys = append(keys, key)
	}
	in := object{"TransactItems": parts}
	s.report(in)
	return call{"TransactWriteItems", in, keys}
}

func (s *source) transactGet() call {
	var parts []any
	for range 1 + s.r.IntN(4) {
		in := s.target()
		in["Key"] = s.wrongKey(s.key())
		s.read(in)
		delete(in, "ConsistentRead")
		parts = append(parts, object{"Get": in})
	}
	in := object{"TransactItems": parts}
	s.report(in)
	return call{action: "TransactGetItems", in: in}
}

// distinct are keys of which none comes twice, but rarely.
func (s *source) distinct(n int) []object {
	var all []object
	seen := map[string]bool{}
	for range n {
		k := s.key()
		id := fmt.Sprint(k)
		if !seen[id] || s.odds(20) {
			all, seen[id] = append(all, k), true
		}
	}
	return all
}

func (s *source) batchGet() call {
	var keys []any
	for _, k := range s.distinct(1 + s.r.IntN(8)) {
		keys = append(keys, s.wrongKey(k))
	}
	one := object{"Keys": keys}
	s.read(one)
	in := object{"RequestItems": object{s.table: one}}
	s.report(in)
	return call{action: "BatchGetItem", in: in}
}

func (s *source) batchWrite() call {
	var all []any
	keys := s.distinct(1 + s.r.IntN(5))
	for _, k := range keys {
		if s.odds(3) {
			all = append(all, object{"DeleteRequest": object{"Key": s.wrongKey(k)}})
			continue
		}
		it := s.item()
		it["pk"], it["sk"] = k["pk"], k["sk"]
		all = append(all, object{"PutRequest": object{"Item": it}})
	}
	in := object{"RequestItems": object{s.table: all}}
	s.report(in)
	return call{"BatchWriteItem", in, keys}
}
