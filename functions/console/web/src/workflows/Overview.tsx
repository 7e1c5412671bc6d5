import Alert from "@cloudscape-design/components/alert";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useSettings, useVersion } from "../api/resources";
import type { Workflow } from "../api/types";
import Sparkline from "../parts/Sparkline";
import { Loaded } from "../parts/states";
import { Ago } from "../parts/Time";
import { count, dollars, title } from "../parts/words";
import Canvas from "../graph/Canvas";
import { LastRun, OpenRuns, Rate } from "./parts";
import { failureWords } from "./OnFailure";
import Webhook from "./Webhook";

/** What is in force: figures, and the active version on the canvas. */
export default function Overview({ workflow: w }: { workflow: Workflow }) {
  const active = useVersion(w.id, w.activeVersion ?? undefined);
  const settings = useSettings();
  const errors = w.problems.filter((p) => p.severity === "error").length;
  const open = w.stats.running + w.stats.waiting + w.stats.paused;
  return (
    <SpaceBetween size="l">
      {errors > 0 && !w.archived && (
        <Alert type="warning" header={`The draft has ${count(errors, "problem")} to mend before it can be published`}>
          The active version is not affected. The editor lists them.
        </Alert>
      )}
      <Container>
        <KeyValuePairs
          columns={4}
          minColumnWidth={170}
          items={[
            { label: "Trigger", value: title(w.trigger.type) },
            { label: "Success rate, 30 days", value: <Rate stats={w.stats} /> },
            { label: "30 days", value: <Sparkline days={w.stats.days} /> },
            { label: "Last run", value: <LastRun at={w.lastRunAt} /> },
            { label: "Open runs", value: open ? <OpenRuns stats={w.stats} /> : "None" },
            { label: "Active version", value: w.activeVersion === null ? "None" : <Link href={`/workflows/${w.id}/versions/${w.activeVersion}`}>Version {w.activeVersion}</Link> },
            { label: "Cost in AWS, 30 days, about", value: <span className="number">{dollars(w.stats.costMicroUsd)}</span> },
            { label: "When it fails", value: failureWords(w.failures ?? settings.data?.failures) },
            { label: "Changed", value: <Ago at={w.updatedAt} /> },
            { label: "Made", value: <Ago at={w.createdAt} /> },
          ]}
        />
      </Container>
      {w.hook && !w.archived && <Webhook workflow={w} definition={active.data?.definition ?? w.draft.definition} />}
      {w.activeVersion !== null ? (
        <Container header={<Header variant="h2">Version {w.activeVersion}, active</Header>} disableContentPaddings>
          <Loaded query={active}>{(v) => (v.definition ? <Canvas definition={v.definition} /> : null)}</Loaded>
        </Container>
      ) : (
        <Container header={<Header variant="h2">Draft</Header>} disableContentPaddings>
          <Canvas definition={w.draft.definition} />
        </Container>
      )}
    </SpaceBetween>
  );
}
