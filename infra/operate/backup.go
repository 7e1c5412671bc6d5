package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// backup tells what AWS protects by itself and how far back it goes, and writes what can
// be written as files: workflows, inboxes, groups, settings. Exit status 1 when the table
// cannot be restored.
func backup(ctx context.Context, p *place, _ []string) error {
	table, err := p.output(ctx, "TableName")
	if err != nil {
		return err
	}
	bucket, err := p.output(ctx, "BucketName")
	if err != nil {
		return err
	}
	point, err := p.recovery(ctx, table)
	if err != nil {
		return err
	}
	unprotected := point == nil || point.PointInTimeRecoveryStatus != types.PointInTimeRecoveryStatusEnabled
	if unprotected {
		p.say("table  %s: point-in-time recovery is OFF: nothing can be restored", table)
	} else {
		p.say("table  %s: can be restored to any second from %s to %s", table, local(point.EarliestRestorableDateTime), local(point.LatestRestorableDateTime))
	}
	v, err := s3.NewFromConfig(p.aws, plainPaths(p)).GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: aws.String(bucket)})
	if err != nil {
		return err
	}
	if v.Status == s3types.BucketVersioningStatusEnabled {
		p.say("bucket %s: keeps versions; what is deleted or overwritten can be brought back until the lifecycle rules remove it", bucket)
	} else {
		p.say("bucket %s: keeps no versions; bodies and attachments that are deleted are gone (the product deletes only to erase a person and by retention)", bucket)
	}
	p.say("machines: made anew by publishing; nothing to back up")
	folder := setting("DIR", filepath.Join("backup", p.stack+"-"+time.Now().UTC().Format("20060102-150405")))
	d, err := p.desk(ctx)
	if err != nil {
		return fmt.Errorf("the files were not written: %w", err)
	}
	if err := p.export(ctx, d, folder); err != nil {
		return err
	}
	if unprotected {
		return fmt.Errorf("switch on point-in-time recovery of %s: it is in template.yaml, so somebody switched it off: deploy again, or aws dynamodb update-continuous-backups --table-name %s --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true", table, table)
	}
	return nil
}

func (p *place) recovery(ctx context.Context, table string) (*types.PointInTimeRecoveryDescription, error) {
	out, err := dynamodb.NewFromConfig(p.aws).DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: aws.String(table)})
	if err != nil || out.ContinuousBackupsDescription == nil {
		return nil, err
	}
	return out.ContinuousBackupsDescription.PointInTimeRecoveryDescription, nil
}

// plainPaths asks for http://host/bucket where the host is this machine.
func plainPaths(p *place) func(*s3.Options) {
	return func(o *s3.Options) { o.UsePathStyle = p.local }
}

func local(t *time.Time) string {
	if t == nil {
		return "?"
	}
	return t.Local().Format("2 January 2006, 15:04:05")
}

// restore says how the data comes back, with the names of this stack. It changes nothing:
// where to restore to is a decision.
func restore(ctx context.Context, p *place, _ []string) error {
	table, err := p.output(ctx, "TableName")
	if err != nil {
		return err
	}
	bucket, err := p.output(ctx, "BucketName")
	if err != nil {
		return err
	}
	until := "the time to go back to, e.g. 2026-11-22T09:00:00Z"
	if point, err := p.recovery(ctx, table); err != nil {
		return err
	} else if point != nil && point.LatestRestorableDateTime != nil {
		until = "from " + point.EarliestRestorableDateTime.UTC().Format(time.RFC3339) + " to " + point.LatestRestorableDateTime.UTC().Format(time.RFC3339)
	}
	p.say(`Restoring %[1]s. Times: %[4]s

 A. Only workflows, inboxes, groups or settings were spoilt: put an export back.
      make import STACK=%[1]s DIR=backup/<folder> PUBLISH=1

 B. Single items were spoilt: restore the table beside the live one and copy them.
      aws dynamodb restore-table-to-point-in-time --source-table-name %[2]s --target-table-name %[2]s-restored --restore-date-time <time>
      aws dynamodb get-item --table-name %[2]s-restored --key '{"pk": {"S": "…"}, "sk": {"S": "…"}}'
      aws dynamodb delete-table --table-name %[2]s-restored

 C. The whole table is to go back in time.
    1. Stop the automation, so that nothing starts meanwhile: PUT /v1/settings {"automation": "off", …}
    2. aws dynamodb restore-table-to-point-in-time --source-table-name %[2]s --target-table-name %[2]s-restored --restore-date-time <time>
       The restored table has the indexes, and neither stream, TTL, recovery nor tags: switch them on before it is used:
       aws dynamodb update-table --table-name %[2]s-restored --stream-specification StreamEnabled=true,StreamViewType=NEW_IMAGE
       aws dynamodb update-time-to-live --table-name %[2]s-restored --time-to-live-specification Enabled=true,AttributeName=ttl
       aws dynamodb update-continuous-backups --table-name %[2]s-restored --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true
    3. Let the stack take it over: delete the stack (table and bucket stay), then import the restored table as resource Table and
       the bucket %[3]s as resource Bucket into a new stack: aws cloudformation create-change-set --change-set-type IMPORT …
    4. make smoke, then switch the automation on again. Runs that were under way at that time are repaired by the sweep from Step Functions.

 D. Objects of the bucket %[3]s: with versions, list them and copy the one to keep over the present one:
      aws s3api list-object-versions --bucket %[3]s --prefix <key>
      aws s3api copy-object --bucket %[3]s --key <key> --copy-source '%[3]s/<key>?versionId=<id>'`,
		p.stack, table, bucket, until)
	return nil
}
