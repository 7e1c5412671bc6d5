import { diffWordsWithSpace } from "diff";
import { useMemo } from "react";

const longest = 40_000;

/** What was taken out of a text and what was put in, word by word. */
export default function TextDiff({ before, after }: { before: string; after: string }) {
  const parts = useMemo(() => (before.length + after.length > longest ? undefined : diffWordsWithSpace(before, after)), [before, after]);
  if (!parts) return <p>The texts are too long to be compared here.</p>;
  return (
    <div className="text-diff">
      {parts.map((p, i) => (p.added ? <ins key={i}>{p.value}</ins> : p.removed ? <del key={i}>{p.value}</del> : <span key={i}>{p.value}</span>))}
    </div>
  );
}
