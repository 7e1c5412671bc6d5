// Package deploy holds template.yaml to what operators rely on: it resolves under every
// combination of its conditions, has no dependency cycle once SAM has transformed it,
// loses nothing on an asynchronous way without an alarm, keeps its data, and shares no name
// with another stack in the same account. It deploys nothing.
package deploy
