import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import type { ReactNode } from "react";
import type { Totals } from "../api/types";
import { count, percent } from "../parts/words";

/** How many workflows there are, how many are on, how well they do. Over all of them,
 *  whatever the filters below say. */
export default function StatsCards({ totals }: { totals?: Totals }) {
  return (
    <section className="stats" aria-label="Figures">
      <Stat label="Workflows" value={totals?.total.toLocaleString("en")} note="not archived" />
      <Stat label="Enabled" value={totals?.enabled.toLocaleString("en")} note={totals && `${count(totals.total - totals.enabled, "is", "are")} disabled`} />
      <Stat
        label="Average success rate"
        value={totals && (totals.successRate === null ? "–" : percent(totals.successRate))}
        note={totals && (totals.runs === 0 ? "no finished runs in 30 days" : `of ${count(totals.runs, "finished run")} in 30 days`)}
      />
    </section>
  );
}

function Stat({ label, value, note }: { label: string; value?: ReactNode; note?: ReactNode }) {
  return (
    <Container>
      <Box variant="awsui-key-label">{label}</Box>
      <div className="stat-value">{value ?? " "}</div>
      <Box variant="small" color="text-body-secondary">
        {note ?? " "}
      </Box>
    </Container>
  );
}
