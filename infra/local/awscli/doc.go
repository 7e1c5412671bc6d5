// Package awscli shows that the AWS CLI, as AWS ships it, drives the local Step Functions and
// the local DynamoDB: its commands are run against their endpoint and their output is read.
//
// It has no code besides its test. Without `aws` in the PATH the test says so and is skipped;
// with CI=true it fails.
package awscli
