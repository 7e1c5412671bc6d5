import { lazy, Suspense } from "react";
import { Redirect, Route, Switch } from "wouter";
import NotFound from "./layout/NotFound";
import { useBare } from "./layout/page";
import { Loading } from "./parts/states";
import Workflows from "./workflows/List";

// One chunk per page; the list of workflows, where people arrive, comes with the first load.
const Editor = lazy(() => import("./editor"));
const Workflow = lazy(() => import("./workflows/Detail"));
const Version = lazy(() => import("./workflows/VersionPage"));
const Runs = lazy(() => import("./runs/RunsPage"));
const Run = lazy(() => import("./runs/RunPage"));
const Events = lazy(() => import("./events/EventsPage"));
const Event = lazy(() => import("./events/EventPage"));
const Approvals = lazy(() => import("./approvals/ApprovalsPage"));
const Approval = lazy(() => import("./approvals/ApprovalPage"));
const Conversations = lazy(() => import("./conversations/ConversationsPage"));
const Conversation = lazy(() => import("./conversations/ConversationPage"));
const Tickets = lazy(() => import("./tickets/TicketsPage"));
const Ticket = lazy(() => import("./tickets/TicketPage"));
const Contacts = lazy(() => import("./contacts/ContactsPage"));
const Contact = lazy(() => import("./contacts/ContactPage"));
const Inboxes = lazy(() => import("./settings/InboxesPage"));
const Groups = lazy(() => import("./settings/GroupsPage"));
const Settings = lazy(() => import("./settings/SettingsPage"));
const FailedMail = lazy(() => import("./settings/FailedMailPage"));
const Audit = lazy(() => import("./settings/AuditPage"));

function Edit({ id }: { id: string }) {
  useBare([
    { text: "Workflows", href: "/workflows" },
    { text: "…", href: `/workflows/${id}` },
    { text: "Edit", href: `/workflows/${id}/edit` },
  ]);
  return (
    <Suspense fallback={<Loading />}>
      <Editor id={id} />
    </Suspense>
  );
}

export default function Routes() {
  return (
    <Suspense fallback={<Loading />}>
      <Switch>
        <Route path="/">
          <Redirect to="/workflows" replace />
        </Route>
        <Route path="/workflows" component={Workflows} />
        <Route path="/workflows/:id">{({ id }) => <Workflow id={id} tab="overview" key={id} />}</Route>
        <Route path="/workflows/:id/edit">{({ id }) => <Edit id={id} key={id} />}</Route>
        <Route path="/workflows/:id/runs">{({ id }) => <Workflow id={id} tab="runs" key={id} />}</Route>
        <Route path="/workflows/:id/versions">{({ id }) => <Workflow id={id} tab="versions" key={id} />}</Route>
        <Route path="/workflows/:id/events">{({ id }) => <Workflow id={id} tab="events" key={id} />}</Route>
        <Route path="/workflows/:id/versions/:n">{({ id, n }) => <Version id={id} n={Number(n)} key={id + n} />}</Route>
        <Route path="/runs" component={Runs} />
        <Route path="/runs/:id">{({ id }) => <Run id={id} key={id} />}</Route>
        <Route path="/events" component={Events} />
        <Route path="/events/:id">{({ id }) => <Event id={id} key={id} />}</Route>
        <Route path="/approvals" component={Approvals} />
        <Route path="/approvals/:id">{({ id }) => <Approval id={id} key={id} />}</Route>
        <Route path="/conversations" component={Conversations} />
        <Route path="/conversations/:id">{({ id }) => <Conversation id={id} key={id} />}</Route>
        <Route path="/tickets" component={Tickets} />
        <Route path="/tickets/:id">{({ id }) => <Ticket id={id} key={id} />}</Route>
        <Route path="/contacts" component={Contacts} />
        <Route path="/contacts/:id">{({ id }) => <Contact id={id} key={id} />}</Route>
        <Route path="/inboxes" component={Inboxes} />
        <Route path="/groups" component={Groups} />
        <Route path="/settings" component={Settings} />
        <Route path="/failed-mail" component={FailedMail} />
        <Route path="/audit" component={Audit} />
        <Route component={NotFound} />
      </Switch>
    </Suspense>
  );
}
