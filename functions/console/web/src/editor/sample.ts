import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { get } from "../api/client";
import { useTemplates } from "../api/resources";
import type { ConversationWhole, DeskEvent, List, Trigger } from "../api/types";
import { aboutWords } from "../events/about";
import { ago, title } from "../parts/words";

// Events to look at templates and conditions with, and to test on: real ones of the
// trigger, newest first, then made-up ones, so that a desk without mail has some too.

export interface Sample {
  key: string;
  label: string;
  description: string;
  who?: string;
  /** As POST /workflows/{id}/test takes it. */
  order: { eventId: string } | { event: unknown };
  event?: DeskEvent;
  /** What a run on a made-up one would see. */
  values?: Record<string, unknown>;
}

/** The type that events of a trigger have. */
export const eventType = (t: Trigger) => (t.type === "event" ? String(t.params?.detailType ?? "") : t.type);

export const useRecentEvents = (type: string) =>
  useQuery({
    queryKey: ["/events", "samples", type],
    queryFn: ({ signal }) => get<List<DeskEvent>>("/events", { type, limit: 20 }, signal),
    enabled: !!type,
    staleTime: 15_000,
  });

export function useSamples(trigger: Trigger): { samples: Sample[]; loading: boolean } {
  const type = eventType(trigger);
  const events = useRecentEvents(type);
  const templates = useTemplates();
  const samples = useMemo(() => {
    const out: Sample[] = (events.data?.items ?? []).map((e) => ({ key: e.id, label: aboutWords(e) || title(e.type), description: ago(e.time, Date.now()), who: e.snapshot?.contact?.email, order: { eventId: e.id }, event: e }));
    const seen = new Set<string>();
    for (const t of templates.data ?? []) {
      if (t.definition.trigger.type !== type) continue;
      for (const [i, x] of (t.examples ?? []).entries()) {
        const input = x.input as Record<string, unknown>;
        const words = JSON.stringify(input);
        if (seen.has(words)) continue;
        seen.add(words);
        out.push({ key: `${t.id} ${i}`, label: x.name.charAt(0).toUpperCase() + x.name.slice(1), description: "Made up", order: { event: input }, values: input });
      }
    }
    if (seen.size === 0 && type) out.push({ key: "empty", label: `${title(type)}, without any details`, description: "Made up", order: { event: {} }, values: { event: { type } } });
    return out;
  }, [events.data, templates.data, type]);
  return { samples, loading: events.isLoading || templates.isLoading };
}

/** The values of a sample by path, as far as the desk still has them. */
export function useValues(sample: Sample | undefined): Record<string, unknown> | undefined {
  const event = sample?.event;
  const conversation = event?.subject.conversationId;
  const whole = useQuery({
    queryKey: [`/conversations/${conversation}`],
    queryFn: ({ signal }) => get<ConversationWhole>(`/conversations/${conversation}`, undefined, signal),
    enabled: !!conversation && !!event?.subject.messageId,
    staleTime: 60_000,
  });
  if (!event) return sample?.values;
  const m = whole.data?.messages.find((x) => x.id === event.subject.messageId);
  const message = m && { ...m, fromDomain: m.from.split("@").pop(), hasAttachments: m.attachments.length > 0, attachments: m.attachments.map((a) => a.name), inbox: event.snapshot?.conversation?.inbox };
  const { snapshot, id, type, time, actor, detail } = event;
  return { event: { id, type, time, actor }, detail, ...snapshot, message } as Record<string, unknown>;
}
