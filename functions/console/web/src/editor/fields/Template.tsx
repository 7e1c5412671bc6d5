import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Textarea from "@cloudscape-design/components/textarea";
import { useRef, useState } from "react";
import { useEditor } from "../context";
import { Preview } from "../Preview";
import { unknownPaths } from "../variables";
import Variables from "../Variables";

/** A text with {{ }} in it: values are chosen from a list, typing {{ opens it. */
export default function Template({ name, label, value, onChange, node, long, disabled, placeholder }: { /** Of the param; its preview goes by it. */ name?: string; label: string; value: string; onChange: (v: string | undefined) => void; node: string; long: boolean; disabled?: boolean; placeholder?: string }) {
  const { definition } = useEditor();
  const box = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const caret = useRef<number>(undefined);
  const element = () => box.current?.querySelector<HTMLInputElement | HTMLTextAreaElement>("input:not([type=search]), textarea");
  const put = (path: string, maybe: boolean) => {
    const at = caret.current ?? value.length;
    const before = value.slice(0, at).replace(/\{\{\s*$/, "");
    const insert = maybe ? `{{${path} | default: ""}}` : `{{${path}}}`;
    onChange(before + insert + value.slice(at));
    setOpen(false);
    const to = before.length + insert.length;
    requestAnimationFrame(() => {
      const el = element();
      el?.focus();
      el?.setSelectionRange(to, to);
    });
  };
  const change = (text: string) => {
    const el = element();
    caret.current = el?.selectionStart ?? text.length;
    if (text.length > value.length && text.slice(0, caret.current).endsWith("{{")) setOpen(true);
    onChange(text || undefined);
  };
  const remember = () => {
    caret.current = element()?.selectionStart ?? undefined;
  };
  const wrong = unknownPaths(value, definition, node);
  return (
    <div ref={box} className="stack-s" onKeyUp={remember} onClick={remember}>
      {long ? (
        <Textarea ariaLabel={label} disabled={disabled} value={value} placeholder={placeholder} rows={Math.min(12, Math.max(4, value.split("\n").length + 1))} spellcheck onChange={({ detail }) => change(detail.value)} />
      ) : (
        <Input ariaLabel={label} disabled={disabled} value={value} placeholder={placeholder} onChange={({ detail }) => change(detail.value)} />
      )}
      {!disabled && (
        <div className="row">
          <Button variant="inline-link" ariaExpanded={open} ariaLabel={`Insert a value into ${label}`} onClick={() => setOpen(!open)}>
            {open ? "Close the list of values" : "Insert a value"}
          </Button>
        </div>
      )}
      {open && (
        <div onKeyDown={(e) => e.key === "Escape" && (e.stopPropagation(), setOpen(false), element()?.focus())}>
          <Variables node={node} onPick={put} />
        </div>
      )}
      {name && wrong.length === 0 && value.includes("{{") && <Preview name={name} />}
      {wrong.map((w) => (
        <StatusIndicator key={w.path} type="error">
          {w.path}: {w.why}
        </StatusIndicator>
      ))}
    </div>
  );
}
