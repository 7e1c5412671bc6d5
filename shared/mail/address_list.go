package mail

import (
	"mime"
	"strings"
)

// parseAddresses reads an address list (RFC 5322, 3.4) with every liberty taken in the wild: groups, comments, missing
// quotes and commas, semicolons as separators, encoded words inside quotes. It splits before it decodes, so that a
// decoded comma is never a separator. At most MaxAddresses are kept; more tells that there were more.
func parseAddresses(raw, guess string) (list []Address, more bool) {
	for _, item := range splitAddresses(raw) {
		a := parseAddress(item, guess)
		if a == (Address{}) {
			continue
		}
		if len(list) == MaxAddresses {
			return list, true
		}
		list = append(list, a)
	}
	return list, false
}

// splitAddresses cuts at the commas and semicolons that are not inside quotes, comments or angle brackets, and drops
// the names of groups.
func splitAddresses(raw string) []string {
	var items []string
	var item strings.Builder
	quoted, angle, comment := false, false, 0
	balanced := strings.Count(strings.ReplaceAll(raw, `\"`, ""), `"`)%2 == 0
	add := func() {
		if s := strings.TrimSpace(item.String()); s != "" {
			items = append(items, s)
		}
		item.Reset()
	}
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case c == '\\' && i+1 < len(raw) && (quoted || comment > 0):
			item.WriteByte(c)
			i++
			c = raw[i]
		case c == '"' && comment == 0 && balanced:
			quoted = !quoted
		case quoted:
		case c == '(':
			comment++
		case c == ')' && comment > 0:
			comment--
		case comment > 0:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
			item.WriteByte(c)
			// "a <a@x> b <b@x>" without a comma between.
			if rest := strings.TrimLeft(raw[i+1:], " \t"); rest != "" && rest[0] != ',' && rest[0] != ';' && rest[0] != '(' && strings.Contains(rest, "@") {
				add()
			}
			continue
		case c == ',' && !angle, c == ';':
			angle = false
			add()
			continue
		case c == ':' && !angle:
			// "Group: a@x, b@x;" — but not "mailto:a@x" or a name with a colon in front of <.
			if name := strings.TrimSpace(item.String()); !strings.Contains(name, "@") && !strings.EqualFold(name, "mailto") && groupFollows(raw[i+1:]) {
				item.Reset()
				continue
			}
		}
		item.WriteByte(c)
	}
	add()
	return items
}

// groupFollows tells whether what follows a colon is the member list of a group.
func groupFollows(rest string) bool {
	return strings.Contains(rest, ";") || strings.TrimSpace(rest) == ""
}

func parseAddress(item, guess string) Address {
	name, spec := "", ""
	if open := openBracket(item); open >= 0 {
		name = item[:open]
		spec = item[open+1:]
		if end := strings.IndexByte(spec, '>'); end >= 0 {
			if tail := strings.TrimSpace(spec[end+1:]); tail != "" && strings.TrimSpace(name) == "" {
				name = tail
			}
			spec = spec[:end]
		}
		spec = strings.Trim(spec, "<> \t")
	} else {
		spec = item
	}
	bare, comment := cutComments(spec)
	if spec = cleanSpec(decodeWords(bare, guess)); !plausible(spec) {
		// Not an address: perhaps the name is one ("a@b <unknown>"), perhaps a word of it.
		if other := cleanSpec(decodeWords(name, guess)); plausible(other) && !strings.Contains(other, " ") {
			spec, name = other, ""
		} else {
			var rest []string
			found := ""
			for _, word := range strings.Fields(spec) {
				if w := strings.Trim(word, "<>[](),;:\"'"); found == "" && plausible(w) {
					found = w
				} else {
					rest = append(rest, word)
				}
			}
			if found == "" {
				if strings.TrimSpace(name) == "" {
					name = bare
				}
				return Address{Name: cleanName(name, guess), Email: bareLocal(spec)}
			}
			spec, name = found, strings.Join(rest, " ")
		}
	}
	a := Address{Name: cleanName(name, guess), Email: lowerSpec(spec)}
	if a.Name == "" && comment != "" {
		a.Name = cleanName(comment, guess)
	}
	return a
}

// bareLocal keeps an address without a domain ("root", "MAILER-DAEMON"): it is no mailbox to write to, but kind.go
// wants to see it. Anything with blanks is a name.
func bareLocal(spec string) string {
	if spec == "" || strings.ContainsAny(spec, " \t\"") || len(spec) > 64 {
		return ""
	}
	return strings.ToLower(spec)
}

// openBracket finds the last "<" outside quotes that has an "@" or a ">" behind it.
func openBracket(item string) int {
	quoted := false
	at := -1
	balanced := strings.Count(item, `"`)%2 == 0
	for i := 0; i < len(item); i++ {
		switch item[i] {
		case '\\':
			i++
		case '"':
			if balanced {
				quoted = !quoted
			}
		case '<':
			if !quoted {
				at = i
			}
		}
	}
	return at
}

// cutComments takes the (comments) out of an addr-spec and gives the last one: "joe@x (Joe Doe)" names its owner.
func cutComments(s string) (bare, comment string) {
	if !strings.Contains(s, "(") {
		return s, ""
	}
	var out, inside strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s):
			i++
			c = s[i]
		case c == '"' && depth == 0:
			quoted = !quoted
		case c == '(' && !quoted:
			if depth++; depth == 1 {
				inside.Reset()
				continue
			}
		case c == ')' && depth > 0:
			if depth--; depth == 0 {
				comment = inside.String()
				continue
			}
		}
		if depth > 0 {
			inside.WriteByte(c)
		} else {
			out.WriteByte(c)
		}
	}
	if depth > 0 {
		return s, ""
	}
	return out.String(), comment
}

// cleanSpec takes blanks around dots and the at sign, a source route ("@relay:user@host") and "mailto:" out.
func cleanSpec(spec string) string {
	spec = strings.TrimSpace(cleanLine(spec))
	if len(spec) > 7 && strings.EqualFold(spec[:7], "mailto:") {
		spec = spec[7:]
	}
	if strings.HasPrefix(spec, "@") {
		if colon := strings.IndexByte(spec, ':'); colon > 0 {
			spec = spec[colon+1:]
		}
	}
	if strings.Count(spec, "@") >= 1 && strings.Contains(spec, " ") && !strings.Contains(spec, `"`) {
		for _, mark := range []string{".", "@"} {
			spec = strings.ReplaceAll(strings.ReplaceAll(spec, " "+mark, mark), mark+" ", mark)
		}
	}
	return strings.Trim(spec, " \t'`,;")
}

// plausible tells what can be taken for an addr-spec on reading: a local part, an at sign, a domain.
func plausible(spec string) bool {
	at := strings.LastIndexByte(spec, '@')
	if at <= 0 || at == len(spec)-1 || len(spec) > 320 {
		return false
	}
	if strings.ContainsAny(spec[at+1:], " \t<>(),;\"/\\") {
		return false
	}
	local := spec[:at]
	if strings.HasPrefix(local, `"`) && strings.HasSuffix(local, `"`) && len(local) > 1 {
		return true
	}
	return !strings.ContainsAny(local, " \t<>,;\"")
}

func lowerSpec(spec string) string {
	spec = strings.ToLower(spec)
	at := strings.LastIndexByte(spec, '@')
	local, domain := spec[:at], strings.Trim(spec[at+1:], ".")
	if len(local) > 2 && local[0] == '"' && local[len(local)-1] == '"' {
		// Quotes that need not be there are not part of the address.
		if inner := local[1 : len(local)-1]; !strings.ContainsAny(inner, " \t\"\\()<>[]:;@,") && !strings.HasPrefix(inner, ".") && !strings.HasSuffix(inner, ".") && !strings.Contains(inner, "..") {
			local = inner
		}
	}
	return local + "@" + domain
}

// cleanName unquotes and decodes a display name. Words are decoded after unquoting: many senders quote them.
func cleanName(name, guess string) string {
	name = strings.TrimSpace(name)
	if strings.Contains(name, `"`) || strings.Contains(name, `\`) {
		var b strings.Builder
		balanced := strings.Count(strings.ReplaceAll(name, `\"`, ""), `"`)%2 == 0
		for i := 0; i < len(name); i++ {
			switch c := name[i]; {
			case c == '\\' && i+1 < len(name):
				i++
				b.WriteByte(name[i])
			case c == '"' && (balanced || i == 0 || i == len(name)-1):
			default:
				b.WriteByte(c)
			}
		}
		name = b.String()
	}
	if bare, _ := cutComments(name); strings.TrimSpace(bare) != "" {
		// A comment beside a name is not shown unless the name is nothing else.
		if !strings.Contains(name, "(") || !strings.HasSuffix(strings.TrimSpace(name), ")") {
			name = bare
		}
	}
	name = cleanLine(decodeWords(name, guess))
	if len(name) > 1 && name[0] == '\'' && name[len(name)-1] == '\'' {
		name = strings.TrimSpace(name[1 : len(name)-1])
	}
	return clip(name, MaxNameLength)
}

// messageIDs gives the <ids> of a References or In-Reply-To value without their brackets, each once. Without any
// brackets the words that look like ids are taken. Ids are never encoded words by the standard, but Python's mail
// library writes long ones so.
func messageIDs(value string) []string {
	if strings.Contains(value, "=?") {
		if plain, err := new(mime.WordDecoder).DecodeHeader(value); err == nil {
			value = plain
		}
	}
	var ids []string
	add := func(id string) {
		id = strings.Join(strings.Fields(id), "")
		if id == "" || len(id) > MaxMessageID || strings.ContainsAny(id, "<>") {
			return
		}
		for _, have := range ids {
			if have == id {
				return
			}
		}
		ids = append(ids, id)
	}
	rest := value
	for {
		_, after, ok := strings.Cut(rest, "<")
		if !ok {
			break
		}
		id, tail, ok := strings.Cut(after, ">")
		if !ok {
			break
		}
		if inner := strings.LastIndexByte(id, '<'); inner >= 0 {
			id = id[inner+1:]
		}
		add(id)
		rest = tail
	}
	if len(ids) == 0 {
		for _, word := range strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' || r == ';' }) {
			if word = strings.Trim(word, "<>\"'"); strings.Contains(word, "@") {
				add(word)
			}
		}
	}
	if len(ids) > MaxReferences {
		ids = append(ids[:1:1], ids[len(ids)-MaxReferences+1:]...)
	}
	return ids
}
