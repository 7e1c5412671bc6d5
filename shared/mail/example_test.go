package mail_test

import (
	"fmt"
	"strings"

	"github.com/deskhand/deskhand/shared/mail"
)

func ExampleParse() {
	raw := "From: Ann Lee <Ann@Kunde.test>\r\nTo: support@demo.test\r\nSubject: Re: Order 7\r\n\r\n" +
		"I want a refund.\r\n\r\nOn 2 Mar 2026 at 17:40, Demo <support@demo.test> wrote:\r\n> It has shipped.\r\n"
	m, err := mail.Parse(strings.NewReader(raw), mail.Envelope{From: "ann@kunde.test", Recipients: []string{"support@demo.test"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.From.Email, m.Kind, m.IsAutomatic)
	fmt.Println(m.Text)
	// Output:
	// ann@kunde.test human false
	// I want a refund.
}

func ExampleRender() {
	text, html := mail.Render([]mail.Segment{{Text: "Dear **", Value: "Ann <b>"}, {Text: "**"}})
	fmt.Println(text)
	fmt.Print(html)
	// Output:
	// Dear **Ann <b>**
	// <p>Dear <strong>Ann &lt;b&gt;</strong></p>
}

func ExampleReplyAddress() {
	key := []byte("the stack's secret")
	address := mail.ReplyAddress("support@demo.test", "conv_01HZX3C9V8K2M4N6P7Q8R9STVW", key)
	inbox, conversation, ok := mail.ParseReplyAddress(strings.ToUpper(address), key)
	fmt.Println(inbox, conversation, ok)
	// Output: support@demo.test conv_01HZX3C9V8K2M4N6P7Q8R9STVW true
}
