import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import type { NodeChange } from "./difference";

const colours = { added: "green", removed: "red", changed: "blue" } as const;

/** What differs between two versions, in words. */
export default function Changes({ changes }: { changes: NodeChange[] }) {
  if (changes.length === 0) return <Box color="text-body-secondary">Nothing but where the steps are drawn.</Box>;
  return (
    <ul className="changes">
      {changes.map((c) => (
        <li key={c.kind + c.node}>
          <Badge color={colours[c.kind]}>{c.kind}</Badge> <strong>{c.name}</strong>
          {c.lines.length > 0 && (
            <ul>
              {c.lines.map((l) => (
                <li key={l}>{l}</li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ul>
  );
}
