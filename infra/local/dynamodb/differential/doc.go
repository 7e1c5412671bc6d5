// Package differential holds the local DynamoDB against Amazon's own DynamoDB Local
// (com.amazonaws:DynamoDBLocal from Maven Central, which the test starts on loopback):
// random calls, over the shapes that shared/store uses and their neighbours, are sent to
// both on the wire, and every answer is compared: status, error code and text, items,
// return values, counts, page keys, consumed capacity, cancellation reasons, and at the
// end the whole tables, indexes and streams.
//
// What differs is listed in testdata/differences.json, each entry with its reason; any
// other difference fails the test, as does a listed one that a long run never meets.
// Where two right answers exist (the order of equal index keys, the order of a Scan) the
// answers are brought to one form first; see normalise.
//
// Not compared: what needs time (TTL) or concurrency (TransactionConflict), throttling and
// IAM, none of which DynamoDB Local plays, the management of tables beyond making them, and
// Scan filters over attributes that an index does not project (DynamoDB Local, a layer over
// SQLite, reads them from the table).
//
// DYNAMODB_DIFF_OPS sets the number of calls (default 5000, with CI=true 100000),
// DYNAMODB_DIFF_SEED the first seed. Where Java or Maven is missing the test says so and
// is skipped; with CI=true it fails.
package differential
