package mail_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/mail"
)

func TestTrim(t *testing.T) {
	const quote = "\n> the old text\n> of two lines\n"
	for name, c := range map[string]struct{ in, want string }{
		"english gmail":          {"Yes please.\n\nOn Mon, Apr 2, 2012 at 6:26 PM, Ann Lee <ann@x.test> wrote:\n" + quote, "Yes please."},
		"english over two lines": {"Yes please.\n\nOn Mon, Apr 2, 2012 at 6:26 PM, Ann Lee <\nann.with.a.long.name@example.test> wrote:\n" + quote, "Yes please."},
		"german":                 {"Ja bitte.\n\nAm Mo., 2. Apr. 2012 um 18:26 Uhr schrieb Ann Lee <ann@x.test>:\n" + quote, "Ja bitte."},
		"german unquoted":        {"Ja bitte.\n\nAm 02.04.2012 um 18:26 schrieb Ann Lee <ann@x.test>:\n\nder alte Text", "Ja bitte."},
		"french":                 {"Oui.\n\nLe lun. 2 avr. 2012 à 18:26, Ann Lee <ann@x.test> a écrit :\n" + quote, "Oui."},
		"spanish":                {"Sí.\n\nEl lun, 2 abr 2012 a las 18:26, Ann Lee (<ann@x.test>) escribió:\n" + quote, "Sí."},
		"italian":                {"Va bene.\n\nIl giorno lun 2 apr 2012 alle ore 18:26 Ann Lee <ann@x.test> ha scritto:\n" + quote, "Va bene."},
		"dutch":                  {"Goed.\n\nOp ma 2 apr. 2012 om 18:26 schreef Ann Lee <ann@x.test>:\n" + quote, "Goed."},
		"portuguese":             {"Sim.\n\nEm seg., 2 de abr. de 2012 às 18:26, Ann Lee <ann@x.test> escreveu:\n" + quote, "Sim."},
		"swedish":                {"Ja.\n\nDen mån 2 apr. 2012 kl 18:26 skrev Ann Lee <ann@x.test>:\n" + quote, "Ja."},
		"danish":                 {"Ja tak.\n\nDen man. 2. apr. 2012 kl. 18.26 skrev Ann Lee <ann@x.test>:\n" + quote, "Ja tak."},
		"norwegian":              {"Takk.\n\nman. 2. apr. 2012 kl. 18:26 skrev Ann Lee <ann@x.test>:\n" + quote, "Takk."},
		"polish":                 {"Tak.\n\npon., 2 kwi 2012 o 18:26 Ann Lee <ann@x.test> napisał(a):\n" + quote, "Tak."},
		"polish w dniu":          {"Tak.\n\nW dniu 02.04.2012 o 18:26, Ann Lee pisze:\n" + quote, "Tak."},
		"czech":                  {"Ano.\n\npo 2. 4. 2012 v 18:26 odesílatel Ann Lee <ann@x.test> napsal:\n" + quote, "Ano."},
		"czech dne":              {"Ano.\n\nDne 2. 4. 2012 v 18:26 Ann Lee napsal(a):\n" + quote, "Ano."},
		"russian":                {"Да.\n\nпн, 2 апр. 2012 г. в 18:26, Ann Lee <ann@x.test>:\n" + quote, "Да."},
		"russian wrote":          {"Да.\n\n02.04.2012 18:26, Ann Lee пишет:\n" + quote, "Да."},
		"ukrainian":              {"Так.\n\nпн, 2 квіт. 2012 р. о 18:26 Ann Lee <ann@x.test> пише:\n" + quote, "Так."},
		"turkish":                {"Evet.\n\nAnn Lee <ann@x.test>, 2 Nis 2012 Pzt, 18:26 tarihinde şunu yazdı:\n" + quote, "Evet."},
		"hungarian":              {"Igen.\n\nAnn Lee <ann@x.test> ezt írta (időpont: 2012. ápr. 2., H, 18:26):\n" + quote, "Igen."},
		"romanian":               {"Da.\n\nPe lun., 2 apr. 2012 la 18:26, Ann Lee <ann@x.test> a scris:\n" + quote, "Da."},
		"finnish":                {"Kyllä.\n\nma 2. huhtik. 2012 klo 18.26 Ann Lee (ann@x.test) kirjoitti:\n" + quote, "Kyllä."},
		"japanese":               {"はい。\n\n2012年4月2日(月) 18:26 Ann Lee <ann@x.test>:\n" + quote, "はい。"},
		"japanese unquoted":      {"はい。\n\n2012年4月2日(月) 18:26 Ann Lee <ann@x.test>:\n\n昔の文", "はい。"},
		"chinese":                {"好的。\n\nAnn Lee <ann@x.test> 于2012年4月2日周一 下午6:26写道：\n" + quote, "好的。"},
		"chinese apple":          {"好的。\n\n在 2012年4月2日，下午6:26，Ann Lee <ann@x.test> 写道：\n" + quote, "好的。"},
		"korean":                 {"네.\n\n2012년 4월 2일 (월) 오후 6:26, Ann Lee <ann@x.test>님이 작성:\n" + quote, "네."},

		"outlook english":   {"See below.\n\nFrom: Ann Lee <ann@x.test>\nSent: Monday, 2 April 2012 18:26\nTo: Bob <bob@x.test>\nSubject: RE: Order\n\nold", "See below."},
		"outlook german":    {"Siehe unten.\n\nVon: Ann Lee <ann@x.test>\nGesendet: Montag, 2. April 2012 18:26\nAn: Bob <bob@x.test>\nBetreff: AW: Bestellung\n\nalt", "Siehe unten."},
		"outlook french":    {"Voir plus bas.\n\nDe : Ann Lee <ann@x.test>\nEnvoyé : lundi 2 avril 2012 18:26\nÀ : Bob <bob@x.test>\nObjet : RE: Commande\n\nvieux", "Voir plus bas."},
		"outlook spanish":   {"Véase.\n\nDe: Ann Lee <ann@x.test>\nEnviado: lunes, 2 de abril de 2012 18:26\nPara: Bob\nAsunto: RE: Pedido\n\nviejo", "Véase."},
		"outlook italian":   {"Vedi sotto.\n\nDa: Ann Lee <ann@x.test>\nInviato: lunedì 2 aprile 2012 18:26\nA: Bob\nOggetto: R: Ordine\n\nvecchio", "Vedi sotto."},
		"outlook dutch":     {"Zie onder.\n\nVan: Ann Lee <ann@x.test>\nVerzonden: maandag 2 april 2012 18:26\nAan: Bob\nOnderwerp: RE: Order\n\noud", "Zie onder."},
		"outlook polish":    {"Patrz niżej.\n\nOd: Ann Lee <ann@x.test>\nWysłano: poniedziałek, 2 kwietnia 2012 18:26\nDo: Bob\nTemat: RE: Order\n\nstare", "Patrz niżej."},
		"outlook russian":   {"См. ниже.\n\nОт: Ann Lee <ann@x.test>\nОтправлено: 2 апреля 2012 г. 18:26\nКому: Bob\nТема: RE: Order\n\nстарое", "См. ниже."},
		"outlook chinese":   {"见下。\n\n发件人: Ann Lee <ann@x.test>\n发送时间: 2012年4月2日 18:26\n收件人: Bob\n主题: 回复: 订单\n\n旧", "见下。"},
		"outlook japanese":  {"下記参照。\n\n差出人: Ann Lee <ann@x.test>\n送信日時: 2012年4月2日 18:26\n宛先: Bob\n件名: RE: 注文\n\n古い", "下記参照。"},
		"outlook bold":      {"See below.\n\n*From:* Ann Lee <ann@x.test>\n*Sent:* Monday\n*To:* Bob\n*Subject:* Order\n\nold", "See below."},
		"outlook rule":      {"See below.\n________________________________\nFrom: Ann <ann@x.test>\nSent: Monday\nTo: Bob\nSubject: Order\n\nold", "See below."},
		"original message":  {"Done.\n\n-----Original Message-----\nFrom: x\n\nold", "Done."},
		"ursprüngliche":     {"Erledigt.\n\n-------- Ursprüngliche Nachricht --------\nVon: x\n\nalt", "Erledigt."},
		"message d'origine": {"Fait.\n\n-------- Message d'origine --------\nDe : x\n\nvieux", "Fait."},
		"forwarded":         {"For you.\n\n---------- Forwarded message ---------\nFrom: x <x@x.test>\n\nold", "For you."},
		"reply above":       {"My answer\n\n##- Please type your reply above this line -##\n\nTicket text", "My answer"},

		"signature":             {"Hello\n\n-- \nAnn Lee\nExample Ltd", "Hello"},
		"signature then quote":  {"Hello\n\n-- \nAnn Lee\n\nOn 2 Apr 2012 at 18:26, Bob <bob@x.test> wrote:\n" + quote, "Hello"},
		"quote then signature":  {"Hello\n\nOn 2 Apr 2012 at 18:26, Bob <bob@x.test> wrote:\n" + quote + "\n-- \nAnn Lee", "Hello"},
		"quote then disclaimer": {"Hello\n\nOn 2 Apr 2012 at 18:26, Bob <bob@x.test> wrote:\n" + quote + "\nThis e-mail and any attachment is confidential and intended for the addressee only.", "Hello"},
		"iphone":                {"Hello\n\nSent from my iPhone", "Hello"},
		"iphone german":         {"Hallo\n\nVon meinem iPhone gesendet", "Hallo"},
		"iphone french":         {"Salut\n\nEnvoyé de mon iPhone", "Salut"},
		"iphone spanish":        {"Hola\n\nEnviado desde mi iPhone", "Hola"},
		"outlook for ios":       {"Hello\n\nGet Outlook for iOS<https://aka.ms/o0ukef>", "Hello"},
		"bottom reply":          {"On 2 Apr 2012 at 18:26, Bob <bob@x.test> wrote:\n" + quote + "\nMy answer below.", "My answer below."},
		"answers between":       {"> First question?\n\nFirst answer.\n\n> Second question?\n\nSecond answer.", "> First question?\n\nFirst answer.\n\n> Second question?\n\nSecond answer."},

		"only a quote":               {"> all of it\n> is quoted", "> all of it\n> is quoted"},
		"only a forward":             {"---------- Forwarded message ---------\nFrom: x <x@x.test>\nSubject: y\nTo: z\n\nthe text", "---------- Forwarded message ---------\nFrom: x <x@x.test>\nSubject: y\nTo: z\n\nthe text"},
		"prose with wrote":           {"On 5 March your colleague wrote:\nplease call back.\nShe did not.", "On 5 March your colleague wrote:\nplease call back.\nShe did not."},
		"prose with on":              {"On your site you say: free.\nIs it?", "On your site you say: free.\nIs it?"},
		"travel form":                {"My trip:\nFrom: Berlin\nTo: Paris\nDate: 5 May\nThanks", "My trip:\nFrom: Berlin\nTo: Paris\nDate: 5 May\nThanks"},
		"sent from prose":            {"Hello\nSent from my desk, is much easier than my phone.", "Hello\nSent from my desk, is much easier than my phone."},
		"sent by courier":            {"When did you ship it?\nSent by courier yesterday", "When did you ship it?\nSent by courier yesterday"},
		"enviado con prisa":          {"Hola\nEnviado con prisa ayer", "Hola\nEnviado con prisa ayer"},
		"a rule between paragraphs":  {"Part one\n-----\nPart two\nis longer\nthan\nthis\none", "Part one\n-----\nPart two\nis longer\nthan\nthis\none"},
		"quoted text then new below": {"Regarding this:\n> The box was empty.\nit was not.", "Regarding this:\n> The box was empty.\nit was not."},
		"empty":                      {"", ""},
		"blank":                      {" \r\n\t\r\n", ""},
		"crlf":                       {"a\r\nb\r\n", "a\nb"},
		"control characters":         {"a\x00\x07b\x1b[31m", "ab[31m"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, mail.Trim(c.in)); diff != "" {
				t.Errorf("Trim (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTrimHTML(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"gmail":             {`<div dir="ltr">Yes please.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, Apr 2, 2012 at 6:26 PM Ann &lt;<a href="mailto:a@x.test">a@x.test</a>&gt; wrote:<br></div><blockquote class="gmail_quote">old</blockquote></div>`, "Yes please."},
		"gmail below":       {`<div class="gmail_quote"><div class="gmail_attr">On Mon, Apr 2, 2012 at 6:26 PM Ann wrote:<br></div><blockquote class="gmail_quote">old</blockquote><div>My answer</div></div>`, "My answer"},
		"outlook":           {`<body><div class="WordSection1"><p class="MsoNormal">See below.</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p><b>From:</b> Ann</p></div></div><p>old</p></div></body>`, "See below."},
		"outlook web":       {`<div>See below.</div><div id="appendonsend"></div><hr tabindex="-1"><div id="divRplyFwdMsg"><b>From:</b> Ann</div><div>old</div>`, "See below."},
		"outlook prefixed":  {`<div>See below.</div><div id="x_divRplyFwdMsg"><b>From:</b> Ann</div><div>old</div>`, "See below."},
		"apple":             {`<body>Yes.<div><br><blockquote type="cite"><div>On 2 Apr 2012, at 18:26, Ann &lt;a@x.test&gt; wrote:</div><div>old</div></blockquote></div></body>`, "Yes."},
		"thunderbird":       {`<p>Yes.</p><div class="moz-cite-prefix">Am 02.04.12 um 18:26 schrieb Ann:<br></div><blockquote type="cite" cite="mid:x">old</blockquote>`, "Yes."},
		"thunderbird below": {`<div class="moz-cite-prefix">Am 02.04.12 um 18:26 schrieb Ann:<br></div><blockquote type="cite" cite="mid:x">old</blockquote><p>Ja.</p>`, "Ja."},
		"yahoo":             {`<div>Yes.</div><div id="yahoo_quoted_123" class="yahoo_quoted"><div>On Monday, Ann wrote:</div>old</div>`, "Yes."},
		"proton":            {`<div>Yes.</div><div class="protonmail_quote">On Monday, Ann wrote:<blockquote>old</blockquote></div>`, "Yes."},
		"own blockquote":    {`<p>The manual says</p><blockquote>press the button</blockquote><p>but there is none.</p>`, "The manual says\n\n> press the button\n\nbut there is none."},
		"all history":       {`<div class="gmail_quote">On Mon, Ann wrote:<blockquote class="gmail_quote">old words</blockquote></div>`, "On Mon, Ann wrote:\n\n> old words"},
		"forward":           {`<div id="divRplyFwdMsg"><b>From:</b> Ann<br><b>Subject:</b> Hello</div><div>the text</div>`, "From: Ann\nSubject: Hello\nthe text"},
		"signature":         {`<div>Yes.</div><div class="gmail_signature">Ann Lee<br>Example</div>`, "Yes."},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, mail.TrimHTML(c.in)); diff != "" {
				t.Errorf("TrimHTML (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTextFromHTML(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"paragraphs":   {"<p>One<br>two</p><p>three</p>", "One\ntwo\n\nthree"},
		"list":         {"<ul><li>a</li><li>b <b>c</b></li></ul>", "- a\n- b c"},
		"link":         {`<a href="https://x.test/a">here</a> and <a href="https://x.test">x.test</a>`, "here <https://x.test/a> and x.test"},
		"script":       {"a<script>alert(1)</script><style>b{}</style>c", "ac"},
		"entities":     {"a &lt;b&gt; &amp;&nbsp;c &euro;", "a <b> & c €"},
		"table":        {"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		"pre":          {"<pre>a\n  b</pre>", "a\n  b"},
		"quote":        {"x<blockquote>y<br>z</blockquote>", "x\n\n> y\n> z"},
		"comment":      {"a<!-- b -->c", "ac"},
		"unclosed":     {"<p>a<b>b<i>c", "abc"},
		"deep nesting": {strings.Repeat("<div>", 3000) + "x" + strings.Repeat("</div>", 3000), "x"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, mail.TextFromHTML(c.in)); diff != "" {
				t.Errorf("TextFromHTML (-want +got):\n%s", diff)
			}
		})
	}
}
