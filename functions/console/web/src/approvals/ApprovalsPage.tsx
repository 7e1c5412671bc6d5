import Link from "@cloudscape-design/components/link";
import Tabs from "@cloudscape-design/components/tabs";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo } from "react";
import type { Approval } from "../api/types";
import { useMe } from "../auth/Gate";
import { usePage } from "../layout/page";
import ListTable, { type Column } from "../parts/ListTable";
import Only from "../parts/Only";
import { Empty } from "../parts/states";
import { ApprovalState } from "../parts/Status";
import { Ago } from "../parts/Time";
import { useFilters } from "../parts/useFilters";

type View = "mine" | "open" | "all";

export default function ApprovalsPage() {
  usePage("Approvals", [{ text: "Approvals", href: "/approvals" }]);
  const me = useMe();
  const [f, set] = useFilters("view", "conversation");
  const view = (["mine", "open", "all"].includes(f.view) ? f.view : "mine") as View;
  const query = useMemo(
    () => ({ ...{ mine: { status: "pending", approver: me.email }, open: { status: "pending" }, all: {} }[view], conversation: f.conversation }),
    [view, me.email, f.conversation],
  );
  const empties: Record<View, React.ReactNode> = {
    mine: <Empty title="Nothing waits for you">Requests in which {me.email} is an approver appear here; they also come by mail.</Empty>,
    open: <Empty title="No request is open">Workflows with an approval step ask here, and by mail.</Empty>,
    all: <Empty title="There were no requests yet">Workflows with an approval step ask here, and by mail.</Empty>,
  };
  const table = (
    <ListTable<Approval>
      inner
      title={{ mine: "Waiting for me", open: "Waiting for anybody", all: "All requests" }[view]}
      what="requests"
      path="/approvals"
      query={query}
      every={5000}
      idOf={(a) => a.id}
      empty={empties[view]}
      filters={f.conversation && <Only what="one conversation" value={f.conversation} href={`/conversations/${f.conversation}`} onClear={() => set({ conversation: "" })} />}
      columns={columns(view)}
    />
  );
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="What workflows ask people before they go on.">
        Approvals
      </Header>
      <Tabs
        activeTabId={view}
        ariaLabel="Which requests"
        onChange={({ detail }) => set({ view: detail.activeTabId === "mine" ? "" : detail.activeTabId })}
        tabs={[
          { id: "mine", label: "For me", content: view === "mine" && table },
          { id: "open", label: "Open", content: view === "open" && table },
          { id: "all", label: "All", content: view === "all" && table },
        ]}
      />
    </SpaceBetween>
  );
}

function columns(view: View): Column<Approval>[] {
  const list: (Column<Approval> | false)[] = [
    { id: "subject", header: "Request", always: true, cell: (a) => <Link href={`/approvals/${a.id}`}>{a.subject || "Without a subject"}</Link> },
    { id: "workflow", header: "Workflow", width: 220, cell: (a) => <Link href={`/workflows/${a.workflowId}`}>{a.workflowName}</Link> },
    view === "all" && { id: "status", header: "Status", width: 140, narrow: 125, always: true, cell: (a: Approval) => <ApprovalState status={a.status} /> },
    { id: "who", header: "Of", width: 230, cell: (a) => <span className="clip">{a.approvers.join(", ")}</span> },
    { id: "asked", header: "Asked", width: 150, cell: (a) => <Ago at={a.createdAt} /> },
    view === "all"
      ? { id: "decided", header: "Decided", width: 190, cell: (a: Approval) => (a.decidedAt ? <Decided approval={a} /> : <span className="quiet">–</span>) }
      : { id: "until", header: "Time ends", width: 150, narrow: 120, always: true, cell: (a: Approval) => <Ago at={a.expiresAt} /> },
  ];
  return list.filter((c): c is Column<Approval> => !!c);
}

function Decided({ approval: a }: { approval: Approval }) {
  return (
    <>
      <Ago at={a.decidedAt!} />
      {a.decidedBy && <div className="quiet clip">{a.decidedBy}</div>}
    </>
  );
}
