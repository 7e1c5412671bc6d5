package iam

// managedPolicies are those of AWS's own policies that SAM attaches.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
var managedPolicies = map[string]string{
	"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole": `{"Statement":[{"Effect":"Allow","Resource":"*",
		"Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"]}]}`,
	"arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole": `{"Statement":[{"Effect":"Allow","Resource":"*",
		"Action":["sqs:ReceiveMessage","sqs:DeleteMessage","sqs:GetQueueAttributes","logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"]}]}`,
	"arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole": `{"Statement":[{"Effect":"Allow","Resource":"*",
		"Action":["dynamodb:DescribeStream","dynamodb:GetRecords","dynamodb:GetShardIterator","dynamodb:ListStreams",
		"logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"]}]}`,
	"arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess": `{"Statement":[{"Effect":"Allow","Resource":"*",
		"Action":["xray:PutTraceSegments","xray:PutTelemetryRecords","xray:GetSamplingRules","xray:GetSamplingTargets","xray:GetSamplingStatisticSummaries"]}]}`,
	"arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess": `{"Statement":[{"Effect":"Allow","Resource":"*",
		"Action":["xray:PutTraceSegments","xray:PutTelemetryRecords","xray:GetSamplingRules","xray:GetSamplingTargets","xray:GetSamplingStatisticSummaries"]}]}`,
}
