import Alert from "@cloudscape-design/components/alert";
import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Workflow } from "../api/types";
import { count } from "../parts/words";
import { useEditor } from "./context";
import type { Saving } from "./useDraft";

interface Props {
  workflow: Workflow;
  saving: Saving;
  code: boolean;
  wrong: boolean;
  /** There is no palette on the screen: a button stands for it. */
  narrow: boolean;
  canUndo: boolean;
  canRedo: boolean;
  onRun: (command: string) => void;
  onDiscard: () => void;
  onTakeTheirs: () => void;
  onOverwrite: () => void;
}

/** What the draft is called, how it stands, and what may be done with it as a whole. */
export default function Bar(p: Props) {
  const { may, problems, select } = useEditor();
  const { workflow: w } = p;
  const errors = problems.filter((x) => x.severity === "error").length;
  const warnings = problems.length - errors;
  return (
    <div>
      <div className="editor-bar">
        <h1 title={w.name}>{w.name}</h1>
        {w.activeVersion ? <Badge color="green">Version {w.activeVersion} active</Badge> : <Badge>Not published</Badge>}
        <span className="editor-save" role="status">
          {!may ? <StatusIndicator type="info">Only to look at</StatusIndicator> : <SaveState saving={p.saving} />}
        </span>
        <span className="grow" />
        <SpaceBetween direction="horizontal" size="xs" alignItems="center">
          {may && p.narrow && <Button iconName="add-plus" variant="icon" ariaLabel="Add a step" onClick={() => p.onRun("add")} />}
          {may && <Button variant="icon" iconName="undo" ariaLabel="Undo" disabled={!p.canUndo} onClick={() => p.onRun("undo")} />}
          {may && <Button variant="icon" iconName="redo" ariaLabel="Redo" disabled={!p.canRedo} onClick={() => p.onRun("redo")} />}
          <Button variant="inline-link" onClick={() => select([])}>
            <StatusIndicator type={errors ? "error" : warnings ? "warning" : "success"}>{errors || warnings ? [errors && count(errors, "error"), warnings && count(warnings, "warning")].filter(Boolean).join(", ") : "No problems"}</StatusIndicator>
          </Button>
          <Button onClick={() => p.onRun("code")}>{p.code ? "Canvas" : "JSON"}</Button>
          <ButtonDropdown
            ariaLabel="More"
            items={[
              { id: "note", text: "Add a sticky note", disabled: !may || p.code, secondaryText: "S" },
              { id: "tidy", text: "Tidy up", disabled: !may || p.code, secondaryText: "Shift+A" },
              { id: "fit", text: "Fit everything in", disabled: p.code, secondaryText: "1" },
              { id: "picture", text: "Download a picture" },
              { id: "commands", text: "Find a command or a step", secondaryText: "Ctrl+K" },
              { id: "help", text: "Keys", secondaryText: "?" },
              { id: "discard", text: "Discard changes since the last version", disabled: !may || !w.activeVersion },
            ]}
            onItemClick={({ detail }) => (detail.id === "discard" ? p.onDiscard() : p.onRun(detail.id))}
          >
            More
          </ButtonDropdown>
          {may && (
            <Button variant="primary" disabled={p.wrong} onClick={() => p.onRun("publish")}>
              Publish…
            </Button>
          )}
        </SpaceBetween>
      </div>
      {p.saving.state === "conflict" && (
        <Alert
          type="warning"
          header="Somebody else changed this draft meanwhile"
          action={
            <SpaceBetween direction="horizontal" size="xs">
              <Button onClick={p.onTakeTheirs}>Load theirs…</Button>
              <Button onClick={p.onOverwrite}>Overwrite with mine</Button>
            </SpaceBetween>
          }
        >
          Nothing is saved until you choose. Copy your steps first if you want to keep both.
        </Alert>
      )}
    </div>
  );
}

function SaveState({ saving }: { saving: Saving }) {
  switch (saving.state) {
    case "saved":
      return <StatusIndicator type="success">Draft saved</StatusIndicator>;
    case "changed":
      return <StatusIndicator type="pending">Not saved yet</StatusIndicator>;
    case "saving":
      return <StatusIndicator type="in-progress">Saving</StatusIndicator>;
    case "failed":
      return <StatusIndicator type="error">Not saved: {saving.why}</StatusIndicator>;
    case "conflict":
      return <StatusIndicator type="warning">Conflict</StatusIndicator>;
  }
}
