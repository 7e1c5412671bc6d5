package cfn

import "fmt"

// globalFunction are the properties that SAM takes in Globals.Function.
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
var globalFunction = map[string]bool{
	"Handler": true, "Runtime": true, "CodeUri": true, "DeadLetterQueue": true, "Description": true, "MemorySize": true,
	"Timeout": true, "VpcConfig": true, "Environment": true, "Tags": true, "PropagateTags": true, "Tracing": true,
	"KmsKeyArn": true, "Layers": true, "AutoPublishAlias": true, "DeploymentPreference": true, "RolePath": true,
	"PermissionsBoundary": true, "ReservedConcurrentExecutions": true, "ProvisionedConcurrencyConfig": true,
	"AssumeRolePolicyDocument": true, "EventInvokeConfig": true, "Architectures": true, "EphemeralStorage": true,
	"SnapStart": true, "RuntimeManagementConfig": true, "LoggingConfig": true, "FileSystemConfigs": true,
	"VersionDescription": true, "RecursiveLoop": true, "AutoPublishCodeSha256": true, "AutoPublishAliasAllProperties": true,
}

func (t *template) applyGlobals() error {
	for _, kind := range sortedKeys(t.globals) {
		props, ok := t.globals[kind].(map[string]any)
		if !ok {
			return fmt.Errorf("Globals.%s must be a map", kind)
		}
		if kind != "Function" {
			return fmt.Errorf("Globals.%s: the local stack knows only Globals.Function; write %s as plain resources", kind, kind)
		}
		for _, p := range sortedKeys(props) {
			if !globalFunction[p] {
				return fmt.Errorf("Globals.Function.%s is not supported by SAM", p)
			}
		}
		for _, r := range t.resources {
			if r.kind == "AWS::Serverless::Function" {
				r.properties = merge(props, r.properties).(map[string]any)
			}
		}
	}
	return nil
}

// merge lays a resource's own value over the global one: maps are merged, lists are
// joined with the global part first, anything else (functions too) is replaced.
func merge(global, own any) any {
	g, ok1 := plainMap(global)
	o, ok2 := plainMap(own)
	if ok1 && ok2 {
		out := make(map[string]any, len(g)+len(o))
		for k, v := range g {
			out[k] = v
		}
		for k, v := range o {
			if base, ok := out[k]; ok {
				v = merge(base, v)
			}
			out[k] = v
		}
		return out
	}
	gl, ok1 := global.([]any)
	ol, ok2 := own.([]any)
	if ok1 && ok2 {
		return append(append(make([]any, 0, len(gl)+len(ol)), gl...), ol...)
	}
	return own
}

func plainMap(v any) (map[string]any, bool) {
	if _, _, ok := intrinsic(v); ok {
		return nil, false
	}
	m, ok := v.(map[string]any)
	return m, ok
}
