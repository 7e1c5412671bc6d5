import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Link from "@cloudscape-design/components/link";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { get } from "../api/client";
import type { Message } from "../api/types";
import { notifyError } from "../layout/notices";
import { Ago } from "../parts/Time";
import { bytes } from "../parts/words";
import MailFrame from "./MailFrame";

type View = "html" | "text" | "full";

/** Goes to a short-lived link of the API, asked for with the caller's token. */
async function fetchLink(path: string) {
  try {
    const { url } = await get<{ url: string }>(path, { redirect: false });
    location.assign(url);
  } catch (e) {
    notifyError(e);
  }
}

/** One message of a thread. */
export default function MessageCard({ message: m }: { message: Message }) {
  const [view, setView] = useState<View>(m.html ? "html" : "text");
  const ours = m.direction === "out";
  const from = m.fromName ? `${m.fromName} <${m.from}>` : m.from;
  const more = m.fullText.trim() !== m.text.trim();
  return (
    <article className={"message " + (ours ? "ours" : "theirs")} aria-label={`Message of ${from}`}>
      <header>
        <div>
          <div className="break">
            <strong>{from}</strong> {m.kind !== "human" && <Badge>{{ auto_reply: "Automatic reply", bounce: "Bounce", list: "Mailing list" }[m.kind] ?? m.kind}</Badge>}{" "}
            {m.runId && <Link href={`/runs/${m.runId}`}>sent by a workflow</Link>}
          </div>
          <div className="quiet break">
            to {m.to.join(", ")}
            {m.cc.length > 0 && `, cc ${m.cc.join(", ")}`} · <Ago at={m.at} />
          </div>
        </div>
        <ButtonDropdown
          variant="icon"
          ariaLabel="Views of this message"
          expandToViewport
          items={[
            { id: "html", text: "As formatted", disabled: !m.html || view === "html" },
            { id: "text", text: "As plain text", disabled: view === "text" },
            { id: "full", text: "With quoted history", disabled: !more || view === "full" },
            { id: "raw", text: "Download the raw mail", disabled: ours },
          ]}
          onItemClick={({ detail }) => (detail.id === "raw" ? void fetchLink(`/messages/${m.id}/raw`) : setView(detail.id as View))}
        />
      </header>
      <Verdicts message={m} />
      {view === "html" ? <MailFrame html={m.html} title={`Text of the message of ${from}`} /> : <div className="prose">{(view === "full" ? m.fullText : m.text) || <span className="quiet">No text</span>}</div>}
      {m.textTruncated && <div className="quiet">Only the first 32 KB of the text are kept here; the raw mail has all of it.</div>}
      {m.attachments.length > 0 && (
        <ul className="attachments" aria-label="Attachments">
          {m.attachments.map((a) => (
            <li key={a.id}>
              <Button iconName="download" variant="inline-link" onClick={() => void fetchLink(`/messages/${m.id}/attachments/${encodeURIComponent(a.id)}`)}>
                {a.name || "Attachment"}
              </Button>{" "}
              <span className="quiet">{bytes(a.size)}</span>
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}

/** What the receiving servers found, when it is not good. */
function Verdicts({ message: m }: { message: Message }) {
  const bad = (
    [
      ["spam", "looks like spam"],
      ["virus", "may hold a virus"],
      ["spf", "SPF failed"],
      ["dkim", "DKIM failed"],
      ["dmarc", "DMARC failed: the sender may be forged"],
    ] as const
  ).filter(([name]) => m[name] === "fail");
  if (bad.length === 0) return null;
  return <StatusIndicator type="warning">{bad.map(([, words]) => words).join(", ")}</StatusIndicator>;
}
