import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Problem } from "../api/problem";
import { words } from "../layout/notices";

/** What there is when there is nothing, and what to do about it. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Box textAlign="center" color="inherit" padding={{ vertical: "l" }}>
      <SpaceBetween size="s">
        <Box variant="strong" color="inherit">
          {title}
        </Box>
        {children && (
          <Box variant="p" color="text-body-secondary">
            {children}
          </Box>
        )}
        {action}
      </SpaceBetween>
    </Box>
  );
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const gone = error instanceof Problem && error.status === 404;
  if (gone) {
    return (
      <SpaceBetween size="s">
        <Box variant="h1">Not found</Box>
        <Alert type="warning">{words(error)}</Alert>
      </SpaceBetween>
    );
  }
  return (
    <div role="alert">
      <Alert type="error" header="This could not be loaded" action={retry && <Button onClick={retry}>Try again</Button>}>
        {words(error)}
      </Alert>
    </div>
  );
}

export function Loading({ what = "Loading" }: { what?: string }) {
  return (
    <Box textAlign="center" padding="xxl" color="text-body-secondary">
      <Spinner size="large" />
      <div role="status">{what}…</div>
    </Box>
  );
}

/** Shows one thing once it is there; what it says while it is not, and when it cannot be
 *  had. With `what` ("Loading the run") it is what the page is about. */
export function Loaded<T>({ query, children, what }: { query: UseQueryResult<T>; children: (data: T) => ReactNode; what?: string }) {
  if (query.data !== undefined) {
    return (
      <>
        {query.error && <Failure error={query.error} retry={() => void query.refetch()} />}
        {children(query.data)}
      </>
    );
  }
  if (query.error) {
    const failure = <Failure error={query.error} retry={() => void query.refetch()} />;
    if (!what || (query.error instanceof Problem && query.error.status === 404)) return failure;
    const name = what.replace(/^Loading /, "");
    return (
      <SpaceBetween size="s">
        <Box variant="h1">{name.charAt(0).toUpperCase() + name.slice(1)}</Box>
        {failure}
      </SpaceBetween>
    );
  }
  return <Loading what={what} />;
}
