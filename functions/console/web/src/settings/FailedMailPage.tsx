import Button from "@cloudscape-design/components/button";
import { navigate } from "wouter/use-browser-location";
import { post } from "../api/client";
import { useChange } from "../api/resources";
import type { FailedMail, Reprocessed } from "../api/types";
import { useCan } from "../auth/Gate";
import { notify } from "../layout/notices";
import { usePage } from "../layout/page";
import ListTable from "../parts/ListTable";
import { Empty } from "../parts/states";
import { Ago } from "../parts/Time";

export default function FailedMailPage() {
  usePage("Failed mail", [{ text: "Failed mail", href: "/failed-mail" }]);
  const may = useCan("editor");
  const again = useChange((m: FailedMail) => post<Reprocessed>(`/inbound/failed/${m.id}/reprocess`), {
    touches: ["/inbound", "/conversations"],
    done: (out) => {
      if (out.result === "failed") notify("error", `It failed again: ${out.reason ?? "no reason was given"}`);
      else if (out.result === "duplicate") notify("info", "The message is here already.");
      else {
        notify("success", "The mail was taken in.");
        if (out.conversationId) navigate(`/conversations/${out.conversationId}`);
      }
    },
  });
  return (
    <ListTable<FailedMail>
      title="Failed mail"
      what="mail"
      description="Mail that came in but could not be processed. It is kept whole; once the cause is mended, process it again."
      path="/inbound/failed"
      every={15_000}
      idOf={(m) => m.id}
      empty={<Empty title="All mail was processed">Mail that cannot be read, or is for no inbox, would be here.</Empty>}
      columns={[
        {
          id: "subject",
          header: "Mail",
          always: true,
          cell: (m) => (
            <>
              <span className="break">{m.subject || "Without a subject"}</span>
              <div className="quiet break">
                {m.from || m.envelopeFrom || "unknown sender"} to {m.recipients.join(", ")}
              </div>
            </>
          ),
        },
        { id: "error", header: "What went wrong", always: true, cell: (m) => <span className="break">{m.error}</span> },
        { id: "at", header: "When", width: 150, cell: (m) => <Ago at={m.at} /> },
        {
          id: "do",
          header: "Actions",
          width: 150,
          narrow: 108,
          always: true,
          cell: (m) =>
            may ? (
              <Button variant="inline-link" loading={again.isPending && again.variables?.id === m.id} ariaLabel={`Process again: ${m.subject || "the mail"}`} onClick={() => again.mutate(m)}>
                Process again
              </Button>
            ) : (
              <span className="quiet">–</span>
            ),
        },
      ]}
    />
  );
}
