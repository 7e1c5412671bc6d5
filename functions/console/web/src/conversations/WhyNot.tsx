import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import { useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import type { ConversationWhole, DeskEvent, List } from "../api/types";
import { Outcome } from "../events/EventsPage";
import { Ago } from "../parts/Time";
import { title } from "../parts/words";

const shown = 6;
const pages = 4;

/** The newest events of the conversation that workflows were asked about. */
export default function WhyNot({ conversation: c }: { conversation: ConversationWhole }) {
  const query = useQuery({
    queryKey: ["/events", "of", c.id, c.updatedAt],
    // /events knows no filter by conversation: those from its time are looked through.
    queryFn: async ({ signal }) => {
      const found: DeskEvent[] = [];
      let cursor: string | null = "";
      for (let n = 0; n < pages && found.length < shown; n++) {
        const to = new Date(Date.parse(c.updatedAt) + 60_000).toISOString();
        const page: List<DeskEvent> = await get<List<DeskEvent>>("/events", { from: c.createdAt, to, limit: 100, cursor }, signal);
        found.push(...page.items.filter((e) => e.subject.conversationId === c.id && e.matches.length > 0));
        cursor = page.nextCursor;
        if (!cursor) break;
      }
      return found.slice(0, shown);
    },
  });
  if (!query.data?.length) return null;
  return (
    <Container header={<Header variant="h2">Why a workflow ran, or did not</Header>}>
      <ul className="timeline">
        {query.data.map((e) => (
          <li key={e.id}>
            <Link href={`/events/${e.id}`}>{title(e.type)}</Link>
            <div>
              <Outcome event={e} />
            </div>
            <div className="quiet">
              <Ago at={e.time} />
            </div>
          </li>
        ))}
      </ul>
    </Container>
  );
}
