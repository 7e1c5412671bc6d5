import Box from "@cloudscape-design/components/box";
import Spinner from "@cloudscape-design/components/spinner";
import { lazy, Suspense } from "react";
import { Redirect, Route, Switch } from "wouter";
import Workflows from "./workflows/List";
import NotFound from "./layout/NotFound";

// One chunk per page; the list of workflows, where people arrive, comes with the first load.
const Editor = lazy(() => import("./editor"));

export default function Routes() {
  return (
    <Suspense fallback={<Loading />}>
      <Switch>
        <Route path="/">
          <Redirect to="/workflows" replace />
        </Route>
        <Route path="/workflows">
          <Workflows />
        </Route>
        <Route path="/workflows/:id/edit">{({ id }) => <Editor id={id} key={id} />}</Route>
        <Route>
          <NotFound />
        </Route>
      </Switch>
    </Suspense>
  );
}

function Loading() {
  return (
    <Box textAlign="center" padding="xxl">
      <Spinner size="large" />
    </Box>
  );
}
