package mail

import (
	"strings"
)

// replyPrefix knows the reply marks of mail programs: Re, AW (de), SV (sv, da, no), VS (fi), Antw (nl), Odp (pl), RES
// (pt), RIF (it), YNT (tr), Vá (hu), ΑΠ (el), 回复 / 答复 (zh), 返信 (ja), 답장 (ko), ОТВ / На (ru), with a counter: Re[2], RE(3), AW2.
var replyPrefix = lazy(`(?i)^\s*(re|aw|antw|antwort|sv|svar|vs|odp|res|r|rif|ynt|yan|vá|απ|σχετ|отв|ответ|回复|答复|回覆|返信|답장|ref|réf|rép|bls|atb|tr\.re)\s*(\[\d{1,3}\]|\(\d{1,3}\)|\^?\d{1,2})?\s*[:：]\s*`)

// ReplySubject gives the subject of a reply: "Re: " once, whatever marks in whatever language stood before it. An empty
// subject gives "Re:".
func ReplySubject(s string) string {
	s = cleanLine(clip(s, 4*MaxSubject))
	for {
		rest := replyPrefix.ReplaceAllString(s, "")
		if rest == s {
			break
		}
		s = rest
	}
	return strings.TrimSpace("Re: " + clip(s, MaxSubject-4))
}
