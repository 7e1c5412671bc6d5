import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get } from "../api/client";
import { useVersion, useVersionNames, useWorkflow } from "../api/resources";
import type { Difference, Version, Workflow } from "../api/types";
import { useCan } from "../auth/Gate";
import Canvas from "../graph/Canvas";
import { usePage } from "../layout/page";
import { Choice } from "../parts/Choice";
import Data from "../parts/Data";
import { Loaded } from "../parts/states";
import { Ago } from "../parts/Time";
import { useFilters } from "../parts/useFilters";
import Activate from "./Activate";
import Changes from "./Changes";
import { inWords, together } from "./difference";

export default function VersionPage({ id, n }: { id: string; n: number }) {
  const workflow = useWorkflow(id);
  const version = useVersion(id, n);
  return <Loaded query={workflow}>{(w) => <Loaded query={version}>{(v) => <Whole workflow={w} version={v} />}</Loaded>}</Loaded>;
}

function Whole({ workflow: w, version: v }: { workflow: Workflow; version: Version }) {
  usePage(`${w.name}, version ${v.version}`, [
    { text: "Workflows", href: "/workflows" },
    { text: w.name, href: `/workflows/${w.id}` },
    { text: "Versions", href: `/workflows/${w.id}/versions` },
    { text: `Version ${v.version}`, href: `/workflows/${w.id}/versions/${v.version}` },
  ]);
  const may = useCan("editor") && !w.archived;
  const active = w.activeVersion === v.version;
  const [activating, setActivating] = useState(false);
  const [filters, setFilters] = useFilters("with");
  const other = Number(filters.with) || undefined;
  const versions = useVersionNames(w.id);
  const compared = useVersion(w.id, other);
  const diff = useQuery({
    queryKey: [`/workflows/${w.id}/versions/${v.version}/diff`, other],
    queryFn: () => get<Difference>(`/workflows/${w.id}/versions/${v.version}/diff`, { with: other }),
    enabled: !!other,
    staleTime: Infinity,
  });
  const older = other && other < v.version ? compared.data : v;
  const newer = other && other < v.version ? v : compared.data;
  const changes = diff.data && compared.data ? inWords(diff.data, older?.definition, newer?.definition) : undefined;
  const drawn = diff.data && older?.definition && newer?.definition ? together(diff.data, older.definition, newer.definition) : { definition: v.definition, overlay: undefined };
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={v.note || "Published without a note."}
        actions={
          may && !active ? (
            <Button variant="primary" onClick={() => setActivating(true)}>
              Activate…
            </Button>
          ) : undefined
        }
      >
        {w.name}, version {v.version} {active && <Badge color="green">Active</Badge>}
      </Header>
      <Container>
        <KeyValuePairs
          columns={3}
          minColumnWidth={170}
          items={[
            { label: "Published", value: <Ago at={v.publishedAt} /> },
            { label: "By", value: v.publishedBy },
            { label: "State machine version", value: <Box variant="code">{v.stateMachineVersionArn.split(":").slice(-2).join(":")}</Box> },
          ]}
        />
      </Container>
      <Container
        disableContentPaddings
        header={
          <Header
            variant="h2"
            actions={
              <div className="one-filter">
                <Choice
                  label="Compare with"
                  any="No other version"
                  value={filters.with}
                  status={versions.isLoading ? "loading" : "finished"}
                  options={(versions.data?.items ?? []).filter((x) => x.version !== v.version).map((x) => ({ value: String(x.version), label: `Version ${x.version}`, description: x.note }))}
                  onChange={(value) => setFilters({ with: value })}
                />
              </div>
            }
          >
            {other ? `From version ${Math.min(other, v.version)} to ${Math.max(other, v.version)}` : "As published"}
          </Header>
        }
      >
        {drawn.definition && <Canvas definition={drawn.definition} overlay={drawn.overlay} />}
      </Container>
      {other && (
        <Container header={<Header variant="h2">What changed</Header>}>
          <Loaded query={diff}>{() => (changes ? <Changes changes={changes} /> : null)}</Loaded>
        </Container>
      )}
      <ExpandableSection headerText="Definition" variant="container">
        <Data value={v.definition} label="the definition" />
      </ExpandableSection>
      <ExpandableSection headerText="Amazon States Language" variant="container">
        <Data value={v.asl} label="the state machine" />
      </ExpandableSection>
      {activating && <Activate workflow={w} version={v.version} onClose={() => setActivating(false)} />}
    </SpaceBetween>
  );
}
