import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo, useRef, useEffect, useState } from "react";
import { connect, edgeAt, refusal, removeEdge } from "./edits";
import { edgeKey, nameOf, outputsOf } from "../graph/model";
import { useEditor } from "./context";
import { keys } from "./keys";
import { Pick } from "./fields/basics";

const mac = /Mac|iPhone|iPad/.test(navigator.platform);
const shown = (k: string) => (mac ? k.replace("Ctrl+", "⌘ ").replace("Shift+", "⇧ ") : k);

/** All keys, by what they are for. */
export function Shortcuts({ onClose }: { onClose: () => void }) {
  const groups = [...new Set(keys.map((k) => k.group))];
  return (
    <Modal visible size="large" header="Keys" onDismiss={onClose}>
      <div className="keys">
        {groups.map((g) => (
          <section key={g}>
            <h3 style={{ margin: 0 }}>{g}</h3>
            <dl>
              {keys
                .filter((k) => k.group === g && k.keys.length > 0)
                .map((k) => (
                  <div key={k.id} style={{ display: "contents" }}>
                    <dt>
                      {(k.as ? [k.as] : k.keys).map((x, i) => (
                        <span key={x}>
                          {i > 0 && " "}
                          <kbd>{shown(x)}</kbd>
                        </span>
                      ))}
                    </dt>
                    <dd>{k.words}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}

/** Connects by lists, for who has no mouse in hand. */
export function Connect({ from, onClose }: { from: string; onClose: () => void }) {
  const { definition: d, kinds, edit, select } = useEditor();
  const outputs = outputsOf(d, from, kinds);
  const [output, setOutput] = useState(() => (outputs.find((o) => !edgeAt(d, { from, output: o.id })) ?? outputs[0])?.id ?? "next");
  const way = { from, output };
  const there = edgeAt(d, way);
  // What may be chosen once the connection that is there is gone.
  const open = useMemo(() => (there ? { ...d, edges: d.edges.filter((e) => e !== there) } : d), [d, there]);
  const targets = d.nodes.filter((n) => !refusal(open, way, n.id, kinds));
  const [to, setTo] = useState<string>();
  const why = to ? refusal(open, way, to, kinds) : undefined;
  const go = () => {
    if (to && edit(connect(open, way, to, kinds))) {
      onClose();
      select([from], true);
    }
  };
  return (
    <Modal
      visible
      header={`Connect ${nameOf(d, from, kinds)}`}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" disabled={!to || !!why} onClick={go}>
              Connect
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {outputs.length === 0 && <Alert type="info">The run ends at this step; nothing comes after it.</Alert>}
        {outputs.length > 1 && (
          <FormField label="Way out">
            <Pick label="Way out" value={output} options={outputs.map((o) => ({ value: o.id, label: o.label || "Next", description: edgeAt(d, { from, output: o.id }) ? `leads to ${nameOf(d, edgeAt(d, { from, output: o.id })!.to, kinds)}` : "free" }))} onChange={(v) => v && setOutput(v)} />
          </FormField>
        )}
        {there && (
          <Alert
            type="info"
            action={
              <Button
                onClick={() => {
                  if (!edit(removeEdge(d, edgeKey(there)))) return;
                  onClose();
                  select([from], true);
                }}
              >
                Delete it
              </Button>
            }
          >
            It leads to {nameOf(d, there.to, kinds)} now; that connection is replaced.
          </Alert>
        )}
        <FormField label="Leads to" description="Steps that would make the run go round in a circle are left out." errorText={why}>
          <Pick label="Leads to" value={to ?? ""} options={targets.map((n) => ({ value: n.id, label: nameOf(d, n.id, kinds), description: n.id }))} onChange={setTo} />
        </FormField>
        {targets.length === 0 && outputs.length > 0 && <Alert type="info">There is no step yet that it could lead to. Press N to add one.</Alert>}
      </SpaceBetween>
    </Modal>
  );
}

/** Finds a command or a step by a few letters. */
export function Commands({ onRun, onClose }: { onRun: (command: string) => void; onClose: () => void }) {
  const { definition: d, kinds, select } = useEditor();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const t = setTimeout(() => input.current?.focus(), 30);
    return () => clearTimeout(t);
  }, []);
  const all = [
    ...keys.filter((k) => !k.shown && k.id !== "commands" && k.id !== "nudge").map((k) => ({ id: k.id, words: k.words, hint: (k.as ? [k.as] : k.keys).map(shown).join(", "), run: () => onRun(k.id) })),
    ...["trigger", ...d.nodes.map((n) => n.id)].map((id) => ({ id: "node-" + id, words: `Go to ${nameOf(d, id, kinds)}`, hint: id, run: () => select([id], true) })),
  ];
  const parts = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = all.filter((c) => parts.every((p) => `${c.words} ${c.hint}`.toLowerCase().includes(p))).slice(0, 12);
  const now = Math.min(at, found.length - 1);
  const run = (c: (typeof all)[number] | undefined) => {
    if (!c) return;
    onClose();
    // After the dialog has given the focus back.
    setTimeout(c.run, 60);
  };
  return (
    <Modal visible header="Find a command or a step" onDismiss={onClose}>
      <div className="stack-s">
        <input
          ref={input}
          className="field"
          type="search"
          role="combobox"
          aria-expanded="true"
          aria-controls="commands"
          aria-label="Command or step"
          aria-activedescendant={found.length ? "command-" + now : undefined}
          value={query}
          onChange={(e) => {
            setQuery(e.target.value);
            setAt(0);
          }}
          onKeyDown={(e) => {
            if (e.key === "ArrowDown" || e.key === "ArrowUp") {
              e.preventDefault();
              setAt(Math.max(0, Math.min(found.length - 1, now + (e.key === "ArrowDown" ? 1 : -1))));
            } else if (e.key === "Enter") {
              e.preventDefault();
              run(found[now]);
            }
          }}
        />
        <div id="commands" role="listbox" aria-label="Commands and steps" className="palette-list">
          {found.map((c, i) => (
            <div key={c.id} id={"command-" + i} role="option" aria-selected={i === now} className={i === now ? "command now" : "command"} onClick={() => run(c)}>
              <span>{c.words}</span> <span className="quiet">{c.hint}</span>
            </div>
          ))}
        </div>
        {found.length === 0 && <Box color="text-body-secondary">Nothing is called so.</Box>}
      </div>
    </Modal>
  );
}
