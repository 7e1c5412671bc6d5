package jsonata

func formatNumber(x float64, picture string, options any) (any, error) { return undefined, nil }

type ip struct{}

func parseIntegerPicture(string) (*ip, error) { return nil, nil }
func (p *ip) format(float64) (any, error)     { return undefined, nil }
func (p *ip) parse(string) (any, error)       { return undefined, nil }
