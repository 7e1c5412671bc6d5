package cfn

import (
	"fmt"
	"strings"
	"time"
)

// HTTPAPI is an API Gateway HTTP API with all that belongs to it.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
type HTTPAPI struct {
	LogicalID string
	ID        string
	Name      string
	Endpoint  string // https://ID.execute-api.REGION.amazonaws.com
	Cors      *Cors
	Stages    []Stage
	Routes    []Route
}

// Cors is the API's answer to browsers of other origins.
type Cors struct {
	AllowOrigins, AllowMethods, AllowHeaders, ExposeHeaders []string
	AllowCredentials                                        bool
	MaxAge                                                  int // seconds
}

// Stage is a deployed stage; "$default" has no path prefix.
type Stage struct {
	Name      string
	Variables map[string]string
	Default   Throttle
	Routes    map[string]Throttle // by route key
}

// Throttle is a token bucket; 0 is not limited.
type Throttle struct {
	Rate  float64 // requests per second
	Burst int
}

// Route is one route with its integration and its authorizer.
type Route struct {
	LogicalID   string
	ID          string
	Key         string // "GET /v1/x/{id}", "ANY /v1/{proxy+}" or "$default"
	Scopes      []string
	Authorizer  *Authorizer
	FunctionARN string // possibly qualified
	Timeout     time.Duration
}

// Authorizer checks JSON Web Tokens.
type Authorizer struct {
	LogicalID string
	ID        string
	Name      string
	Issuer    string
	Audience  []string
	Sources   []string // identity sources, e.g. $request.header.Authorization
}

// maxIntegration is the longest an HTTP API waits for a function.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
const maxIntegration = 30 * time.Second

func (s *Stack) fillAPIs() error {
	type apiProps struct {
		Name, ProtocolType string
		Body               any
		CorsConfiguration  *struct {
			AllowOrigins, AllowMethods, AllowHeaders, ExposeHeaders []string
			AllowCredentials                                        *boolean
			MaxAge                                                  *integer
		}
	}
	err := each(s, "AWS::ApiGatewayV2::Api", func(r Resource, p apiProps) error {
		if p.ProtocolType != "HTTP" {
			return fmt.Errorf("ProtocolType %q: the local stack knows HTTP", p.ProtocolType)
		}
		if p.Body != nil {
			return fmt.Errorf("Body: write the routes as resources for the local stack")
		}
		a := HTTPAPI{LogicalID: r.LogicalID, ID: r.Name, Name: p.Name, Endpoint: "https://" + r.Name + ".execute-api." + s.Region + ".amazonaws.com"}
		if c := p.CorsConfiguration; c != nil {
			a.Cors = &Cors{AllowOrigins: c.AllowOrigins, AllowMethods: c.AllowMethods, AllowHeaders: c.AllowHeaders,
				ExposeHeaders: c.ExposeHeaders, AllowCredentials: c.AllowCredentials.or(false), MaxAge: c.MaxAge.or(0)}
		}
		s.apis = append(s.apis, a)
		return nil
	})
	if err != nil {
		return err
	}
	authorizers := map[string]*Authorizer{}
	type authorizerProps struct {
		ApiId, AuthorizerType, Name string
		IdentitySource              []string
		JwtConfiguration            struct {
			Issuer   string
			Audience []string
		}
	}
	err = each(s, "AWS::ApiGatewayV2::Authorizer", func(r Resource, p authorizerProps) error {
		if p.AuthorizerType != "JWT" {
			return fmt.Errorf("AuthorizerType %q: the local stack knows JWT", p.AuthorizerType)
		}
		if p.JwtConfiguration.Issuer == "" || len(p.JwtConfiguration.Audience) == 0 || len(p.IdentitySource) == 0 {
			return fmt.Errorf("want IdentitySource, JwtConfiguration.Issuer and JwtConfiguration.Audience")
		}
		authorizers[r.Name] = &Authorizer{LogicalID: r.LogicalID, ID: r.Name, Name: p.Name, Issuer: p.JwtConfiguration.Issuer,
			Audience: p.JwtConfiguration.Audience, Sources: p.IdentitySource}
		_, err := s.api(p.ApiId)
		return err
	})
	if err != nil {
		return err
	}
	type integration struct {
		ApiId, IntegrationType, IntegrationUri, PayloadFormatVersion string
		TimeoutInMillis                                              *integer
		function                                                     string
		timeout                                                      time.Duration
	}
	integrations := map[string]integration{}
	err = each(s, "AWS::ApiGatewayV2::Integration", func(r Resource, p integration) error {
		if p.IntegrationType != "AWS_PROXY" || p.PayloadFormatVersion != "2.0" {
			return fmt.Errorf("the local stack knows IntegrationType AWS_PROXY with PayloadFormatVersion 2.0")
		}
		p.function = p.IntegrationUri
		if _, rest, ok := strings.Cut(p.IntegrationUri, "/functions/"); ok {
			p.function = strings.TrimSuffix(rest, "/invocations")
		}
		if _, ok := s.FunctionByARN(p.function); !ok {
			return fmt.Errorf("IntegrationUri %s is no function of the template", p.IntegrationUri)
		}
		p.timeout = min(time.Duration(p.TimeoutInMillis.or(30000))*time.Millisecond, maxIntegration)
		integrations[r.Name] = p
		_, err := s.api(p.ApiId)
		return err
	})
	if err != nil {
		return err
	}
	type routeProps struct {
		ApiId, RouteKey, Target, AuthorizationType, AuthorizerId string
		AuthorizationScopes                                      []string
	}
	err = each(s, "AWS::ApiGatewayV2::Route", func(r Resource, p routeProps) error {
		api, err := s.api(p.ApiId)
		if err != nil {
			return err
		}
		in, ok := integrations[strings.TrimPrefix(p.Target, "integrations/")]
		if !ok || !strings.HasPrefix(p.Target, "integrations/") {
			return fmt.Errorf("Target %q: want integrations/ and the id of an integration", p.Target)
		}
		route := Route{LogicalID: r.LogicalID, ID: r.Name, Key: p.RouteKey, Scopes: p.AuthorizationScopes, FunctionARN: in.function, Timeout: in.timeout}
		switch p.AuthorizationType {
		case "", "NONE":
		case "JWT":
			if route.Authorizer = authorizers[p.AuthorizerId]; route.Authorizer == nil {
				return fmt.Errorf("AuthorizerId %q is no authorizer of the template", p.AuthorizerId)
			}
		default:
			return fmt.Errorf("AuthorizationType %s: the local stack knows NONE and JWT", p.AuthorizationType)
		}
		if err := checkRouteKey(route.Key); err != nil {
			return err
		}
		for _, o := range api.Routes {
			if o.Key == route.Key {
				return fmt.Errorf("RouteKey %q is also that of %s", route.Key, o.LogicalID)
			}
		}
		api.Routes = append(api.Routes, route)
		return nil
	})
	if err != nil {
		return err
	}
	type settings struct {
		ThrottlingRateLimit  decimal
		ThrottlingBurstLimit integer
	}
	type stageProps struct {
		ApiId, StageName     string
		StageVariables       map[string]string
		DefaultRouteSettings settings
		RouteSettings        map[string]settings
	}
	return each(s, "AWS::ApiGatewayV2::Stage", func(r Resource, p stageProps) error {
		api, err := s.api(p.ApiId)
		if err != nil {
			return err
		}
		st := Stage{Name: p.StageName, Variables: p.StageVariables, Routes: map[string]Throttle{},
			Default: Throttle{Rate: float64(p.DefaultRouteSettings.ThrottlingRateLimit), Burst: int(p.DefaultRouteSettings.ThrottlingBurstLimit)}}
		for k, v := range p.RouteSettings {
			st.Routes[k] = Throttle{Rate: float64(v.ThrottlingRateLimit), Burst: int(v.ThrottlingBurstLimit)}
		}
		api.Stages = append(api.Stages, st)
		return nil
	})
}

func (s *Stack) api(id string) (*HTTPAPI, error) {
	for i := range s.apis {
		if s.apis[i].ID == id {
			return &s.apis[i], nil
		}
	}
	return nil, fmt.Errorf("ApiId %q is no API of the template", id)
}

func checkRouteKey(key string) error {
	if key == "$default" {
		return nil
	}
	method, path, ok := strings.Cut(key, " ")
	if !ok || !strings.HasPrefix(path, "/") {
		return fmt.Errorf("RouteKey %q: want METHOD /path or $default", key)
	}
	switch method {
	case "ANY", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS":
	default:
		return fmt.Errorf("RouteKey %q: unknown method %s", key, method)
	}
	parts := strings.Split(path[1:], "/")
	for i, p := range parts {
		if strings.HasSuffix(p, "+}") && i != len(parts)-1 {
			return fmt.Errorf("RouteKey %q: {%s must be last", key, p[1:])
		}
		if strings.ContainsAny(p, "{}") && !(strings.HasPrefix(p, "{") && strings.HasSuffix(p, "}")) {
			return fmt.Errorf("RouteKey %q: a variable takes a whole segment", key)
		}
	}
	return nil
}
