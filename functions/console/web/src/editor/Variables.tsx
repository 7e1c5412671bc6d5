import { useMemo, useRef, useEffect, useState } from "react";
import { value as inWords } from "../parts/words";
import { useEditor } from "./context";
import { useValues } from "./sample";
import { variables } from "./variables";

/** What can be put into a text, by where it comes from, with the values of the sample event. */
export default function Variables({ node, onPick }: { node: string; onPick: (path: string, maybe: boolean) => void }) {
  const { definition, catalog, kinds, sample: chosen, test, mocks } = useEditor();
  const sample = useValues(chosen);
  const [query, setQuery] = useState("");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const groups = useMemo(() => {
    const results = { ...mocks, ...Object.fromEntries((test?.path ?? []).map((s) => [s.node, s.result])) };
    const out = new Map<string, ReturnType<typeof variables>>();
    for (const v of variables(definition, node, catalog, kinds, sample, results)) {
      if (!`${v.path} ${v.title} ${v.group}`.toLowerCase().includes(query.toLowerCase())) continue;
      out.set(v.group, [...(out.get(v.group) ?? []), v]);
    }
    // Steps first: they are what is looked for most.
    return [...out].sort(([a], [b]) => Number(b.startsWith("Step")) - Number(a.startsWith("Step")));
  }, [definition, node, catalog, kinds, sample, test, mocks, query]);
  return (
    <div className="variables" onKeyDown={(e) => e.stopPropagation()}>
      <input ref={input} className="field" type="search" placeholder="Find a value" aria-label="Find a value" value={query} onChange={(e) => setQuery(e.target.value)} />
      {groups.map(([group, vs]) => (
        <div key={group} role="group" aria-label={group}>
          <div className="kinds-group">{group}</div>
          {vs.map((v) => (
            <button type="button" className="variable" key={v.path} onClick={() => onPick(v.path, v.maybe)}>
              <code>
                {v.path}
                {v.maybe ? " (may be missing)" : ""}
              </code>
              <span className="quiet">{v.sample === undefined ? v.title : inWords(v.sample).slice(0, 90)}</span>
            </button>
          ))}
        </div>
      ))}
      {groups.length === 0 && <p className="quiet pad">Nothing that this step can read is called so.</p>}
    </div>
  );
}
