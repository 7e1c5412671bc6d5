package workflow

var aiNodes = []NodeKind{
	action("reach", NodeKind{Type: "ai.reply", Title: "AI reply", Description: "Drafts an answer to the customer's message.", Group: "AI", Available: true, Context: true,
		Params: []Param{
			{Name: "instructions", Title: "Instructions", Kind: KindTemplate, Required: true, Max: 10_000},
			{Name: "tone", Title: "Tone", Kind: KindText, Max: 100, Help: "like friendly, or formal"},
		},
		Values: []Value{{Name: "text", Type: Text, Title: "Draft"}}, Needs: []string{EntityMessage}}),
	action("reach", NodeKind{Type: "ai.classify", Title: "AI classify", Description: "Chooses one of your labels for the message.", Group: "AI", Available: true, Context: true,
		Params: []Param{
			{Name: "labels", Title: "Labels", Kind: KindTextList, Required: true, Min: 2, Max: 50},
			{Name: "instructions", Title: "Instructions", Kind: KindTemplate, Max: 10_000},
		},
		Values: []Value{{Name: "label", Type: Text, Title: "Label"}, {Name: "confidence", Type: Number, Title: "Confidence, 0 to 1"}}, Needs: []string{EntityMessage}}),
	action("reach", NodeKind{Type: "ai.extract", Title: "AI extract", Description: "Reads named values out of the message.", Group: "AI", Available: true, Context: true,
		Params:     []Param{{Name: "fields", Title: "Fields", Kind: KindFieldMap, Required: true, Enum: []string{"string", "number", "boolean", "date"}, Max: 30}},
		ValuesFrom: "fields", Needs: []string{EntityMessage}}),
	action("reach", NodeKind{Type: "ai.summarise", Title: "AI summarise", Description: "Sums up the message.", Group: "AI", Available: true, Context: true,
		Values: []Value{{Name: "text", Type: Text, Title: "Summary"}}, Needs: []string{EntityMessage}}),
}
