import type { Sticky } from "../api/types";

const colors = new Set(["yellow", "blue", "green", "red"]);

/** A note as it is drawn, in the editor and wherever a version is shown. */
export default function StickyCard({ sticky: s, empty = "" }: { sticky: Sticky; empty?: string }) {
  return (
    <div className={`sticky sticky-${colors.has(s.color ?? "") ? s.color : "yellow"}`}>
      {s.text || <span className="sticky-empty">{empty}</span>}
    </div>
  );
}
