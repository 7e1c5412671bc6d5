import { useQuery } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { Problem } from "../api/problem";
import { words } from "../layout/notices";
import { value as inWords } from "../parts/words";
import { useEditor } from "./context";
import { blockedBy, previewOf } from "./slice";

// What the texts of a step read on the sample event, asked of the server a moment after
// the last key: it fills them in with the code that runs for real.

interface Shown {
  values?: Record<string, unknown>;
  why?: string;
  of?: string;
}

const Previews = createContext<Shown>({});
const moment = 500;
const kindsOfText = new Set(["template", "markdown", "time", "inbox", "group", "user", "templateList", "addresses"]);

export function PreviewOf({ node, children }: { node: string; children: ReactNode }) {
  const { definition: d, kinds, sample, trial, mocks, workflow } = useEditor();
  const n = d.nodes.find((x) => x.id === node);
  const texts = useMemo(() => {
    const out: Record<string, string> = {};
    for (const p of kinds.get(n?.type ?? "")?.params ?? []) {
      const v = n?.params?.[p.name];
      if (kindsOfText.has(p.kind) && typeof v === "string" && v.includes("{{")) out[p.name] = v;
    }
    return out;
  }, [n, kinds]);
  const order = useMemo(() => (Object.keys(texts).length ? previewOf(d, node, texts, mocks, kinds) : undefined), [d, node, texts, mocks, kinds]);
  const key = order ? JSON.stringify([order.definition, order.steps]) : "";
  const [asked, setAsked] = useState(key);
  useEffect(() => {
    const t = setTimeout(() => setAsked(key), moment);
    return () => clearTimeout(t);
  }, [key]);
  const answer = useQuery({
    queryKey: ["preview", workflow, sample?.key, asked],
    queryFn: () => trial(order!),
    enabled: !!order && !!sample && asked === key && asked !== "",
    staleTime: 60_000,
    gcTime: 60_000,
    retry: false,
    placeholderData: (before) => before,
  });
  const shown = useMemo<Shown>(() => {
    if (!order) return {};
    if (answer.error) return { why: answer.error instanceof Problem && answer.error.problems.length ? blockedBy(d, answer.error.problems, node, kinds) : words(answer.error) };
    if (!answer.data || answer.isPlaceholderData) return answer.data ? { values: order.read(answer.data), of: sample?.label } : {};
    if (!answer.data.verdict.matched) return { why: "The sample event would not start any run." };
    if (answer.data.status === "failed") return { why: answer.data.reason };
    return { values: order.read(answer.data), of: sample?.label };
  }, [answer.data, answer.error, answer.isPlaceholderData, order, sample, d, node, kinds]);
  return <Previews.Provider value={shown}>{children}</Previews.Provider>;
}

/** Under the text of a param: how it reads. */
export function Preview({ name }: { name: string }) {
  const { values, why, of } = useContext(Previews);
  const v = values?.[name];
  if (v === undefined && !why) return null;
  return (
    <div className="preview" data-preview={name}>
      <span className="preview-of">{why ? "No preview yet" : `Reads, on “${of}”`}</span>
      {why ?? (v === "" || v === null ? <i>nothing</i> : typeof v === "string" ? v : inWords(v))}
    </div>
  );
}
