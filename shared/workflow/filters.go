package workflow

var filters = []Filter{
	{Name: "default", Arg: "required", ArgKind: "text", Help: "this text when the value is missing or empty", Example: `{{ contact.name | default: "a customer" }}`},
	{Name: "upper", Arg: "none", Help: "capital letters", Example: `{{ ticket.priority | upper }}`},
	{Name: "lower", Arg: "none", Help: "small letters", Example: `{{ message.subject | lower }}`},
	{Name: "trim", Arg: "none", Help: "spaces at both ends taken away, runs of them inside made one", Example: `{{ message.subject | trim }}`},
	{Name: "truncate", Arg: "required", ArgKind: "integer", Help: "at most so many characters, … at the end when cut", Example: `{{ message.text | truncate: 200 }}`},
	{Name: "json", Arg: "none", Help: "as JSON text", Example: `{{ detail | json }}`},
	{Name: "date", Arg: "optional", ArgKind: "format", Help: "a time in UTC; YYYY MM DD HH mm ss stand for its parts, default YYYY-MM-DD HH:mm", Example: `{{ ticket.createdAt | date: "DD.MM.YYYY" }}`},
}
