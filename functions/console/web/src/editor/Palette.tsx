import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { groupIcon } from "../graph/icons";
import { nameOf, outputsOf } from "../graph/model";
import { recall, remember } from "../layout/preferences";
import type { NodeKind } from "./catalog";
import { useEditor, type Target } from "./context";
import { dragged } from "./Flow";

/** The kinds in which all words occur, those whose names begin with them first. */
export function matching(kinds: NodeKind[], words: string[]): NodeKind[] {
  const rank = (k: NodeKind) => {
    const title = ` ${k.title} ${k.type.replace(".", " ")}`.toLowerCase();
    return words.reduce((sum, w) => sum + (title.startsWith(" " + w) ? 0 : title.includes(" " + w) ? 1 : title.includes(w) ? 2 : 3), 0);
  };
  const found = kinds.filter((k) => words.every((w) => `${k.title} ${k.type} ${k.group} ${k.description}`.toLowerCase().includes(w)));
  return words.length ? found.map((k) => ({ k, r: rank(k) })).sort((a, b) => a.r - b.r).map(({ k }) => k) : found;
}

/** The kinds of steps, to search, click, drag, or choose with the arrow keys and Enter. */
export default function Palette({ target, onPick, onClose, focus }: { target: Target | undefined; onPick: (kind: NodeKind) => void; onClose: () => void; focus: number }) {
  const { catalog, definition, kinds, may } = useEditor();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [recent, setRecent] = useState<string[]>(() => recall("palette.recent", []));
  useEffect(() => {
    if (focus > 0) {
      input.current?.focus();
      input.current?.select();
    }
  }, [focus]);

  const found = useMemo(() => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    return matching(catalog.nodes, words);
  }, [catalog, query]);
  const groups = useMemo(() => {
    const out: [string, NodeKind[]][] = [];
    if (!query && recent.length > 0) out.push(["Recent", recent.map((t) => found.find((k) => k.type === t)).filter((k): k is NodeKind => !!k)]);
    for (const k of found) {
      const group = out.find(([g]) => g === k.group);
      if (group) group[1].push(k);
      else out.push([k.group, [k]]);
    }
    return out.filter(([, ks]) => ks.length > 0);
  }, [found, query, recent]);
  const flat = groups.flatMap(([, ks]) => ks);
  const current = Math.min(at, flat.length - 1);
  useEffect(() => setAt(0), [query]);
  useEffect(() => {
    void list.current?.querySelector(`#kind-${current}`)?.scrollIntoView({ block: "nearest" });
  }, [current]);

  const pick = (k: NodeKind | undefined) => {
    if (!k || !k.available || !may) return;
    const next = [k.type, ...recent.filter((t) => t !== k.type)].slice(0, 3);
    setRecent(next);
    remember("palette.recent", next);
    setQuery("");
    onPick(k);
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      setAt(Math.max(0, Math.min(flat.length - 1, current + (e.key === "ArrowDown" ? 1 : -1))));
    } else if (e.key === "Enter") {
      e.preventDefault();
      pick(flat[current]);
    } else if (e.key === "Escape") {
      e.preventDefault();
      e.stopPropagation();
      if (query) setQuery("");
      else onClose();
    }
  };

  let way = "";
  if (target?.way) {
    const label = outputsOf(definition, target.way.from, kinds).find((o) => o.id === target.way!.output)?.label;
    way = nameOf(definition, target.way.from, kinds) + (label ? `, ${label}` : "");
  }
  let i = -1;
  return (
    <section className="palette" aria-label="Steps to add">
      <div className="palette-head">
        <input
          ref={input}
          className="field"
          type="search"
          placeholder="Find a step (N)"
          aria-label="Find a step to add"
          role="combobox"
          aria-expanded="true"
          aria-controls="kinds"
          aria-activedescendant={flat.length ? `kind-${current}` : undefined}
          value={query}
          onChange={(e) => setQuery(e.target.value)}
          onKeyDown={onKeyDown}
        />
        {way && (
          <div className="palette-target" role="status">
            Goes after <strong>{way}</strong>
            <button type="button" className="plain" onClick={onClose}>
              Cancel
            </button>
          </div>
        )}
      </div>
      <div className="kinds" id="kinds" role="listbox" aria-label="Kinds of steps" ref={list}>
        {groups.map(([group, ks]) => (
          <div key={group} role="group" aria-label={group}>
            <div className="kinds-group" aria-hidden="true">
              {group}
            </div>
            {ks.map((k) => {
              const index = ++i;
              return (
                <div
                  key={k.type}
                  id={`kind-${index}`}
                  role="option"
                  aria-selected={index === current}
                  aria-disabled={!k.available || !may}
                  className="kind"
                  title={k.description}
                  draggable={k.available && may}
                  onDragStart={(e) => {
                    e.dataTransfer.setData(dragged, k.type);
                    e.dataTransfer.effectAllowed = "copy";
                  }}
                  onClick={() => pick(k)}
                >
                  <span className="node-icon" aria-hidden="true">
                    {groupIcon(k.group)}
                  </span>
                  <span>
                    <span className="kind-name">{k.title}</span>
                    <span className="kind-text">{k.available ? k.description : "Not available yet"}</span>
                  </span>
                </div>
              );
            })}
          </div>
        ))}
        {flat.length === 0 && <p className="quiet pad">No step is called so. Try “mail”, “tag” or “wait”.</p>}
      </div>
    </section>
  );
}
