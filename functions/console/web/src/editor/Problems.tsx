import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { WorkflowProblem } from "../api/types";
import { nameOf } from "../graph/model";
import { useEditor } from "./context";
import { isSticky, placeOf } from "./stickies";

/** The server's problems, errors first; a click goes to the step. */
export default function Problems({ problems, onGo }: { problems: WorkflowProblem[]; onGo?: () => void }) {
  const { definition, kinds, select } = useEditor();
  const sorted = [...problems].sort((a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"));
  return (
    <ul className="problem-list">
      {sorted.map((p, i) => (
        <li key={i}>
          <button
            type="button"
            onClick={() => {
              select([placeOf(definition, p)], true);
              onGo?.();
            }}
          >
            <StatusIndicator type={p.severity}>{isSticky(placeOf(definition, p)) ? "Note" : nameOf(definition, p.node || "trigger", kinds)}</StatusIndicator>
            <div>{p.message}</div>
          </button>
        </li>
      ))}
    </ul>
  );
}
