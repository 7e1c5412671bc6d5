package jsonata

func defineDates() {
	define("now", "<s?s?:s>", 2, 2, func(c *call, args []any) (any, error) {
		return fromMillis(float64(c.now().UnixMilli()), arg(args, 0), arg(args, 1))
	})
	define("millis", "<:n>", 0, 0, func(c *call, _ []any) (any, error) {
		return float64(c.now().UnixMilli()), nil
	})
	defined("fromMillis", "<n-s?s?:s>", 3, 3, func(_ *call, args []any) (any, error) {
		ms, _ := numberArg(args, 0)
		return fromMillis(ms, arg(args, 1), arg(args, 2))
	})
	defined("toMillis", "<s-s?:n>", 2, 2, func(c *call, args []any) (any, error) {
		s, _ := stringArg(args, 0)
		picture, ok := stringArg(args, 1)
		if !ok {
			return parseISO(s)
		}
		return parseDateTime(s, picture, c.now())
	})
}
