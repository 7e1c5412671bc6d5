package mail

import (
	"strings"
)

// The words mail programs write around history, by language: en de fr es it nl pt ca sv da no fi pl cs sk hu ro hr ru uk bg
// el tr he ar vi id ja zh ko. They are joined into patterns once.

// wroteVerbs end (or stand in) the line that introduces a quote.
var wroteVerbs = `wrote|writes|schrieb|schreibt|hat geschrieben|a écrit|a ecrit|écrivait|a escrit|va escriure|escribió|escribio|escribiste|ha escrito|` +
	`ha scritto|scrive|scriveva|schreef|heeft geschreven|het volgende geschreven|escreveu|skrev følgende|skrev|skreiv|kirjoitti|` +
	`napisał\(a\)|napisała|napisał|pisze|napsal\(a\)|napsala|napsal|píše|napísal\(a\)|napísal|napísala|írta|ezt írta|a scris|je napisao|je napisala|je napisao/la|` +
	`написал\(а\)|написала|написал|пишет|писал\(а\)|писала|писал|пише|написав|написа|έγραψε|yazdı|şunu yazdı|כתב|כתבה|كتب|đã viết|menulis|` +
	`写道|寫道|写到|写信|來信|のメール|さんは書きました|のメッセージ|さんからのメール|wrote follows|작성|님이 작성|보낸 메일|via Mail`

// headerLabels are the labels of the header block Outlook and others put above the history.
var headerLabels = map[string]string{
	"from": `from|von|de|da|van|de la|från|fra|lähettäjä|od|feladó|expeditor|от|від|από|kimden|gönderen|מאת|من|từ|dari|发件人|寄件者|寄件人|發件人|差出人|送信者|보낸 사람|보낸사람`,
	"sent": `sent|date|gesendet|datum|envoyé|envoyé le|date d'envoi|enviado|enviado el|enviada em|enviado em|fecha|data|inviato|data di invio|verzonden|` +
		`skickat|sendt|dato|lähetetty|päivämäärä|wysłano|odesláno|odoslané|dátum|elküldve|trimis|poslano|отправлено|дата|дата отправки|надіслано|изпратено|` +
		`ημερομηνία|στάλθηκε|tarih|gönderildi|gönderme tarihi|נשלח|תאריך|تاريخ الإرسال|đã gửi|ngày|tanggal|dikirim|发送时间|日期|发送日期|寄件日期|傳送時間|時間|送信日時|日時|日付|보낸 날짜|날짜`,
	"to": `to|an|à|a|para|per|aan|till|til|vastaanottaja|do|komu|pro|címzett|către|za|кому|до|προς|kime|alıcı|אל|إلى|đến|kepada|收件人|收件者|宛先|받는 사람|받는사람`,
	"subject": `subject|betreff|objet|asunto|oggetto|onderwerp|assunto|assumpte|ämne|emne|aihe|temat|předmět|predmet|tárgy|subiect|тема|относно|θέμα|konu|נושא|` +
		`الموضوع|chủ đề|subjek|perihal|主题|主旨|主題|标题|件名|題名|제목`,
	"other": `cc|bcc|kopie|copie|kopi|kopia|copia|cópia|reply-to|antwort an|répondre à|importance|wichtigkeit|priority|抄送|副本|参考|참조|копия|másolatot kap|cc:n`,
}

var headerLabelPatterns = func() map[string]pattern {
	labels := map[string]pattern{}
	for what, words := range headerLabels {
		labels[what] = lazy(`(?i)^[\s>*_|]*(?:` + strings.ReplaceAll(words, ` `, `[ \x{a0}]`) + `)[*_]*[ \x{a0}\t]*[*_]*[:：][*_]*(?:\s|\S|$)`)
	}
	return labels
}()

// originalMessage is the separator line above history or a forwarded mail.
var originalMessage = lazy(`(?i)^[\s>]*[-_=*~—–]{2,}[\s>]*(?:` +
	`(?:the )?original(?:[ -]?(?:message|mail|e-mail|nachricht|meddelelse|melding|meddelande|appointment))|reply message|replied message|forwarded message|forwarded by .*|` +
	`ursprüngliche (?:nachricht|mail|e-mail)|urspruengliche nachricht|originalnachricht|original-nachricht|weitergeleitete nachricht|` +
	`message (?:d['’]origine|original|initial|transféré|transmis)|courriel d['’]origine|message réexpédié|e-mail d['’]origine|` +
	`mensaje (?:original|reenviado)|missatge original|messaggio (?:originale|inoltrato)|oorspronkelijk(?:e)? (?:bericht|mail)|doorgestuurd bericht|` +
	`mensagem (?:original|encaminhada)|ursprungligt meddelande|originalmeddelande|vidarebefordrat meddelande|oprindelig (?:meddelelse|besked)|` +
	`videresendt (?:meddelelse|melding)|opprinnelig melding|alkuperäinen viesti|edelleenlähetetty viesti|wiadomość oryginalna|oryginalna wiadomość|wiadomość przekazana|` +
	`původní (?:zpráva|e-mail)|pôvodná správa|přeposlaná zpráva|eredeti (?:üzenet|levél)|továbbított üzenet|mesaj original|izvorna poruka|` +
	`исходное сообщение|пересылаемое сообщение|пересланное сообщение|оригинальное сообщение|вихідне повідомлення|αρχικό μήνυμα|özgün ileti|orijinal mesaj|iletilen mesaj|` +
	`הודעה מקורית|الرسالة الأصلية|tin nhắn gốc|pesan asli|原始邮件|原始郵件|原邮件|原始信件|邮件原件|转发的邮件|转发邮件|轉寄郵件|元のメッセージ|元のメール|転送メッセージ|転送されたメール|원본 메시지|원본 메일|전달된 메시지` +
	`)\s*:?[\s]*[-_=*~—–]*\s*$`)

// beginForward is what Apple Mail puts above a forwarded mail.
var beginForward = lazy(`(?i)^\s*(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-mail)|début du message (?:réexpédié|transféré)|` +
	`inicio del mensaje reenviado|inizio (?:del )?messaggio inoltrato|begin doorgestuurd bericht|início da mensagem (?:reencaminhada|encaminhada)|` +
	`vidarebefordrat brev|start på videresendt (?:besked|melding)|videresendt melding|välitetty viesti alkaa|początek przekazywanej wiadomości|начало переадресованного сообщения|开始转发的邮件|転送されたメッセージ|전달된 메시지 시작)\s*[:：]\s*$`)

// replyAbove is what ticket systems put above their own text.
var replyAbove = lazy(`(?i)^[\s>#*=_-]*(?:(?:please )?(?:type|write|enter) your (?:reply|response|answer) above this line|(?:please )?reply above this line|(?:bitte )?(?:antworten sie|ihre antwort) (?:bitte )?(?:oberhalb|über) dieser (?:zeile|linie).*|` +
	`(?:veuillez )?répond(?:ez|re) au[ -]dessus de cette ligne|escriba su respuesta (?:por )?encima de esta línea)[\s#*=_.-]*$`)

// devices are what mail is sent from.
const devices = `iphone|ipad|ipod|ios|android|galaxy|samsung|huawei|honor|xiaomi|redmi|oneplus|pixel|nokia|lumia|htc|lg|sony|xperia|motorola|blackberry|windows|surface|macbook|outlook|airmail|mailbox|mailbird|sparrow|` +
	`spark|superhuman|thunderbird|k-9|proton\s?mail|tutanota|yahoo|gmail|gmx|web\.de|aol|fastmail|zoho|mail\.ru|yandex|mobile|mobil\S*|móvil|móbil|phone|cell|smartphone|handy|handheld|tablet|device|tel[eé]fono?n?|telem[oó]vel|celular|portable|cellulare|telefoon|telefon\S*|` +
	`puhelime\S*|телефон\S*|смартфон\S*|устройств\S*|компьютер\S*|планшет\S*`

// owners are the words for "my" after "sent from".
const owners = `my|mein\S{0,2}|mon|ma|mi|meu|minha|mio|mia|meva|mijn|min|mitt|mit|moje\S*|mého|mojej|môjho|моего|моей|мого`

// mobileSignature is what phones and apps put below a mail. The device's name is short and no sentence goes on after it:
// "Sent from my desk, is much easier" is prose.
var mobileSignature = lazy(`(?i)^[\s<(\[*_"»›-]*(?:` +
	`(?:sent|composed|written|posted) (?:from|on|via|with) (?:my|a|the) [^,.;:!?]{1,50}(?:[,.;]? *(?:so )?(?:please|pls|kindly)? ?(?:excuse|forgive|pardon|apologies|sorry|ignore)\b.{0,80})?[.]?|` +
	`(?:sent|composed|written|posted) (?:from|by|via|with|using|on) [^,.;:!?]{0,40}\b(?:` + devices + `)\b[^,.;:!?]{0,40}|sent from \[?mail\]? for .{1,20}|` +
	`[\p{L} .]{0,30}\bfrom (?:my )?(?:iphone|ipad|ipod|android|phone|mobile|blackberry|cell|smartphone)\b.{0,30}|` +
	`(?:get|download|télécharg\S*|obtenir|obtener|hol\S*|laden sie|scarica|pobierz|скачать) (?:the )?outlook\b.{0,60}|` +
	`(?:von|mit) mein\S+ .{1,50} (?:gesendet|versendet)|diese (?:nachricht|e-?mail|mail) wurde (?:von|mit) .{1,70} (?:gesendet|versandt|verschickt)|von (?:unterwegs|mobil) gesendet|` +
	`(?:gesendet|envoyée?|envoye|enviad[oa]|enviat|inviat[oa]|verzonden|verstuurd|skickat|sendt|sänt|lähetetty|wysłan[eo]|odesláno|odoslané|poslano|trimis|отправлено|надіслано|στάλθηκε|đã gửi|dikirim)\s(?:.{0,30}[\s'’])?(?:` + owners + `|` + devices + `)(?:\s.{0,50}|[.]?)|` +
	`отправлено (?:с|из|от)\s.{1,50}|надіслано з\s.{1,50}|στάλθηκε από .{1,50}|iphone['’ ]?(?:umdan|dan)? gönderildi.{0,20}|.{1,30} cihazımdan gönderildi|` +
	`(?:从|從|来自|來自|發自|发自).{1,40}(?:发送|傳送|發送|寄出)|(?:发自|發自)(?:我的)?.{1,30}|.{1,30}から送信(?:されました)?|나의 .{1,30}에서 보냄|.{1,30}에서 보냄` +
	`)[\s>)\]*_"«‹.-]*$`)

// signatureLinks are the addresses apps put into such a line.
var signatureLinks = lazy(`\s*<?\(?https?://[^\s<>()]+\)?>?`)

// dateHint is anything like a date or a time.
var dateHint = lazy(`\b(?:19|20)\d\d\b|\d{1,2}[:.]\d\d\b|\b\d{1,2}[./-]\d{1,2}\b|\d{1,2}月\d{1,2}日|\d{1,2}월 ?\d{1,2}일|\d{4}年|\d{4}년`)

var timeHint = lazy(`\d{1,2}[:.h]\d\d\b|\d{1,2} ?(?:am|pm|a\.m\.|p\.m\.)\b|下午|上午|午前|午後|오전|오후`)

var (
	quoteStart = lazy(`(?i)^\s*(?:on|am|le|el|il|op|em|den|på|dne|dňa|w dniu|dnia|a|pe|în|dana|la|στις|в|на|у|tarihinde|ב-?|vào|pada|在|于|於|2 ?0\d\d)[\s,]`)
	quoteWrote = lazy(`(?i)(?:^|[\s>,)"'”»\]\d]|\p{Han}|\p{Hiragana}|님이)(?:` + wroteVerbs + `)(?:\s*(?:am|le|on|op|el|il|den|em|в|na|ma)?[\s\d].{0,120})?\s*>?\s*[:：]\s*>?\s*$`)
	// Gmail of old: "2016-03-03 17:21 GMT+01:00 Some One <a@b>:", the colon sometimes lost.
	quoteGMT = lazy(`^\s*\d{4}-\d\d-\d\d \d{1,2}:\d\d (?:GMT|UTC)[+-]\d{1,2}:?\d\d [^:]{1,120}(?::.{0,5})?$`)
	// "02.04.2012 14:20, Name <a@b>:" / "2012/4/2 Name <a@b>" / "2014년 3월 5일 … <a@b>님이 작성:"
	quoteDate = lazy(`^\s*(?:\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{4}年\d{1,2}月\d{1,2}日|\d{4}년 \d{1,2}월 \d{1,2}일)[^<>]{0,120}<\s*[^<>\s]+@[^<>\s]+\s*>[^:：]{0,40}[:：]?\s*$`)
	// A date, a time and an address with a colon need no verb: Gmail in Russian has none.
	quoteNamed = lazy(`^.{6,250}<\s*[^<>\s]+@[^<>\s]+\s*>\s*[:：]\s*$`)
	ownName    = lazy(`(?i)\b(?:i|we|you|he|she|they|ich|wir|sie) wrote\b`)
)

// disclaimer is the notice companies' gateways put below everything.
var disclaimer = lazy(`(?i)(?:this (?:e-?mail|message|communication|transmission)\b.{0,120}\b(?:confidential|privileged|intended)|confidentiality notice|` +
	`(?:e-?mail|nachricht)\b.{0,80}\bvertraulich|ce (?:message|courriel|mail)\b.{0,120}\bconfidentiel|este (?:mensaje|correo|e-mail)\b.{0,120}\bconfidencial|` +
	`questo messaggio\b.{0,120}\b(?:riservat|confidenzial)|dit (?:bericht|e-mail)\b.{0,120}\bvertrouwelijk|scanned (?:by|for) .{0,40}virus|virus[- ]free|virenfrei|sans virus|avast|` +
	`to unsubscribe|unsubscribe from this|mailing list$|reply to this email directly|view it on github)`)
