import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Explanation } from "../api/types";
import { value } from "../parts/words";
import { leafWords } from "./reasons";

const groups: Record<string, string> = { all: "All of these", any: "At least one of these", none: "None of these" };

/** A condition as it was decided: each line with its verdict and the value that it met. */
export default function ConditionTree({ explanation: e }: { explanation: Explanation }) {
  return (
    <ul className="conditions">
      <Row explanation={e} />
    </ul>
  );
}

function Row({ explanation: e }: { explanation: Explanation }) {
  const verdict = (
    <StatusIndicator type={e.verdict ? "success" : "error"} iconAriaLabel={e.verdict ? "holds" : "does not hold"}>
      {e.group ? (groups[e.group] ?? e.group) : leafWords({ field: e.field ?? "", op: e.op ?? "", value: e.value })}
    </StatusIndicator>
  );
  if (e.group) {
    return (
      <li>
        {verdict}
        <ul>{e.items?.map((item, i) => <Row key={i} explanation={item} />)}</ul>
      </li>
    );
  }
  return (
    <li>
      {verdict} <span className="quiet">– it was {e.missing ? "missing" : value(e.actual)}</span>
    </li>
  );
}
